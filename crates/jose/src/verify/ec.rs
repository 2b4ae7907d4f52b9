//! ES384 and ES512, which jwt-compact lacks.

use std::borrow::Cow;
use std::convert::Infallible;
use std::num::NonZeroUsize;

use jwt_compact::{Algorithm, AlgorithmSignature};
use p384::ecdsa::signature::Verifier;

macro_rules! algorithm {
    ($(#[$doc:meta])* $alg:ident, $signature:ident, $name:literal, $curve:ident, $length:literal) => {
        $(#[$doc])*
        pub(super) struct $alg;

        /// `r` and `s`, each at full length.
        pub(super) struct $signature($curve::ecdsa::Signature);

        impl AlgorithmSignature for $signature {
            const LENGTH: Option<NonZeroUsize> = NonZeroUsize::new($length);

            fn try_from_slice(bytes: &[u8]) -> anyhow::Result<Self> {
                let signature = $curve::ecdsa::Signature::from_slice(bytes);
                signature.map(Self).map_err(anyhow::Error::msg)
            }

            fn as_bytes(&self) -> Cow<'_, [u8]> {
                Cow::Owned(self.0.to_bytes().to_vec())
            }
        }

        impl Algorithm for $alg {
            // Nothing here signs.
            type SigningKey = Infallible;
            type VerifyingKey = $curve::ecdsa::VerifyingKey;
            type Signature = $signature;

            fn name(&self) -> Cow<'static, str> {
                Cow::Borrowed($name)
            }

            fn sign(&self, key: &Infallible, _: &[u8]) -> Self::Signature {
                match *key {}
            }

            fn verify_signature(
                &self,
                signature: &Self::Signature,
                key: &Self::VerifyingKey,
                text: &[u8],
            ) -> bool {
                key.verify(text, &signature.0).is_ok()
            }
        }
    };
}

algorithm!(
    /// ECDSA on P-384 with SHA-384.
    Es384, Es384Signature, "ES384", p384, 96
);
algorithm!(
    /// ECDSA on P-521 with SHA-512.
    Es512, Es512Signature, "ES512", p521, 132
);
