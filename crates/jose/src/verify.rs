//! Whether a signature is that of a key.

mod ec;
mod ed25519;

use jwt_compact::alg::{Es256, Hs256, Hs256Key, Hs384, Hs384Key, Hs512, Hs512Key, Rsa};
use jwt_compact::{Algorithm, AlgorithmSignature};
use rsa::BigUint;
use rsa::traits::PublicKeyParts;

use crate::alg::Family;
use crate::check::{Hash, SignatureCheck};
use crate::der;
use crate::jws::Jws;
use crate::key::{Key, Material};
use ec::{Es384, Es512};
use ed25519::StrictEd25519;

/// What a check of a signature found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Verdict {
    /// The owner of the key has signed this.
    Valid,
    /// The key's owner has not signed this.
    Invalid,
    /// The key is not for the token's algorithm; nothing was computed.
    WrongKey,
}

/// Checks the signature of a token with one key.
///
/// `host` is asked first for what hosts can check, RSASSA-PKCS1-v1_5 and ECDSA; where it answers
/// `None` the same verdict is found here. What only one of the two would let pass is refused
/// before either is asked.
pub fn verify(
    jws: &Jws<'_>,
    key: &Key,
    host: &mut dyn FnMut(&SignatureCheck<'_>) -> Option<bool>,
) -> Verdict {
    let alg = jws.header().alg;
    if !key.fits(alg) {
        return Verdict::WrongKey;
    }
    let valid = match (alg.family(), &key.material) {
        (Family::Hmac(hash), Material::Secret(secret)) => match hash {
            Hash::Sha256 => holds(&Hs256, &Hs256Key::new(secret), jws),
            Hash::Sha384 => holds(&Hs384, &Hs384Key::new(secret), jws),
            Hash::Sha512 => holds(&Hs512, &Hs512Key::new(secret), jws),
        },
        (Family::RsaPkcs1(hash), Material::Rsa(public)) => {
            let signature = jws.signature();
            is_below_modulus(signature, public)
                && ask(host, hash, key, signature, jws).unwrap_or_else(|| {
                    let alg = match hash {
                        Hash::Sha256 => Rsa::rs256(),
                        Hash::Sha384 => Rsa::rs384(),
                        Hash::Sha512 => Rsa::rs512(),
                    };
                    holds(&alg, public, jws)
                })
        }
        (Family::RsaPss(hash), Material::Rsa(public)) => {
            let alg = match hash {
                Hash::Sha256 => Rsa::ps256(),
                Hash::Sha384 => Rsa::ps384(),
                Hash::Sha512 => Rsa::ps512(),
            };
            is_below_modulus(jws.signature(), public) && holds(&alg, public, jws)
        }
        (Family::Ecdsa(hash), material) => {
            let Some(signature) = ecdsa_der(jws.signature(), hash) else {
                return Verdict::Invalid;
            };
            ask(host, hash, key, &signature, jws).unwrap_or_else(|| match material {
                Material::P256(public) => holds(&Es256, public, jws),
                Material::P384(public) => holds(&Es384, public, jws),
                Material::P521(public) => holds(&Es512, public, jws),
                _ => false,
            })
        }
        (Family::Ed25519, Material::Ed25519(public)) => holds(&StrictEd25519, public, jws),
        _ => return Verdict::WrongKey,
    };
    match valid {
        true => Verdict::Valid,
        false => Verdict::Invalid,
    }
}

/// With an algorithm of jwt-compact's kind, inside this module.
fn holds<A: Algorithm>(alg: &A, key: &A::VerifyingKey, jws: &Jws<'_>) -> bool {
    let signature = jws.signature();
    let length = <A::Signature as AlgorithmSignature>::LENGTH;
    if length.is_some_and(|length| length.get() != signature.len()) {
        return false;
    }
    A::Signature::try_from_slice(signature)
        .is_ok_and(|signature| alg.verify_signature(&signature, key, jws.signed()))
}

fn ask(
    host: &mut dyn FnMut(&SignatureCheck<'_>) -> Option<bool>,
    hash: Hash,
    key: &Key,
    signature: &[u8],
    jws: &Jws<'_>,
) -> Option<bool> {
    host(&SignatureCheck {
        hash,
        key: key.spki()?,
        signature,
        text: jws.signed(),
    })
}

/// Whether an RSA signature has the modulus' length and is below it (RFC 8017, 5.2.2 and 8.2.2).
/// The `rsa` crate compares with the modulus for PKCS #1 v1.5 only: with PSS it would take the
/// signature plus the modulus for the signature.
fn is_below_modulus(signature: &[u8], key: &rsa::RsaPublicKey) -> bool {
    signature.len() == key.size() && BigUint::from_bytes_be(signature) < *key.n()
}

/// The DER form of an ECDSA signature whose halves have the curve's length each (RFC 7518, 3.4)
/// and are not zero. That they are below the curve's order, each of the two paths checks.
fn ecdsa_der(signature: &[u8], hash: Hash) -> Option<Vec<u8>> {
    let half = match hash {
        Hash::Sha256 => 32,
        Hash::Sha384 => 48,
        Hash::Sha512 => 66,
    };
    let (r, s) = signature.split_at_checked(half)?;
    let is_number = |half: &[u8]| half.iter().any(|byte| *byte != 0);
    (s.len() == half && is_number(r) && is_number(s)).then(|| der::ecdsa_signature(r, s))
}
