//! ES384 and ES512, which jwt-compact lacks, as algorithms of its kind.

use std::borrow::Cow;
use std::convert::Infallible;
use std::num::NonZeroUsize;

use jwt_compact::{Algorithm, AlgorithmSignature};
use sha2::{Digest, Sha384, Sha512};

use crate::curve::{P384, P384_LIMBS, P521, P521_LIMBS, Point};

macro_rules! algorithm {
    ($alg:ident, $signature:ident, $name:literal, $length:literal, $curve:ident, $limbs:ident, $hash:ident) => {
        pub(super) struct $alg;

        /// `r` and `s`, each at full length.
        pub(super) struct $signature([u8; $length]);

        impl AlgorithmSignature for $signature {
            const LENGTH: Option<NonZeroUsize> = NonZeroUsize::new($length);

            fn try_from_slice(bytes: &[u8]) -> anyhow::Result<Self> {
                // Of that length, says the trait; zeros would be no signature either.
                Ok(Self(bytes.try_into().unwrap_or([0; $length])))
            }

            fn as_bytes(&self) -> Cow<'_, [u8]> {
                Cow::Borrowed(&self.0)
            }
        }

        impl Algorithm for $alg {
            // Nothing here signs.
            type SigningKey = Infallible;
            type VerifyingKey = Point<$limbs>;
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
                $curve.is_signed(key, &$hash::digest(text), &signature.0)
            }
        }
    };
}

algorithm!(Es384, Es384Signature, "ES384", 96, P384, P384_LIMBS, Sha384);
algorithm!(
    Es512,
    Es512Signature,
    "ES512",
    132,
    P521,
    P521_LIMBS,
    Sha512
);
