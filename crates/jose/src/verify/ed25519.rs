//! Ed25519 with the strict reading of its equation.

use std::borrow::Cow;
use std::convert::Infallible;

use ed25519_dalek::{Signature, VerifyingKey};
use jwt_compact::Algorithm;

/// jwt-compact's Ed25519 accepts keys and commitments of small order, with which one signature
/// may fit many texts. This one does not, and else differs in nothing.
pub(super) struct StrictEd25519;

impl Algorithm for StrictEd25519 {
    // Nothing here signs.
    type SigningKey = Infallible;
    type VerifyingKey = VerifyingKey;
    type Signature = Signature;

    fn name(&self) -> Cow<'static, str> {
        jwt_compact::alg::Ed25519.name()
    }

    fn sign(&self, key: &Infallible, _: &[u8]) -> Signature {
        match *key {}
    }

    fn verify_signature(&self, signature: &Signature, key: &VerifyingKey, text: &[u8]) -> bool {
        key.verify_strict(text, signature).is_ok()
    }
}
