//! Whether a signature is that of a key.

mod ec;
mod ed25519;

use hachure_exchange::{Hash, SignatureCheck};
use jwt_compact::alg::{Es256, Hs256, Hs256Key, Hs384, Hs384Key, Hs512, Hs512Key, Rsa};
use jwt_compact::{Algorithm, AlgorithmSignature};

use crate::alg::{Alg, Family};
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
    verify_signature(jws.header().alg, jws.signed(), jws.signature(), key, host)
}

/// [`verify`] for a text and its signature by themselves.
pub fn verify_signature(
    alg: Alg,
    text: &[u8],
    signature: &[u8],
    key: &Key,
    host: &mut dyn FnMut(&SignatureCheck<'_>) -> Option<bool>,
) -> Verdict {
    if !key.fits(alg) {
        return Verdict::WrongKey;
    }
    let mut ask = |hash, signature: &[u8]| {
        host(&SignatureCheck {
            hash,
            key: key.spki()?,
            signature,
            text,
        })
    };
    let valid = match (alg.family(), &key.material) {
        (Family::Hmac(hash), Material::Secret(secret)) => match hash {
            Hash::Sha256 => holds(&Hs256, &Hs256Key::new(secret), text, signature),
            Hash::Sha384 => holds(&Hs384, &Hs384Key::new(secret), text, signature),
            Hash::Sha512 => holds(&Hs512, &Hs512Key::new(secret), text, signature),
        },
        (Family::RsaPkcs1(hash), Material::Rsa(public, modulus)) => {
            is_below(signature, modulus)
                && ask(hash, signature).unwrap_or_else(|| {
                    let alg = match hash {
                        Hash::Sha256 => Rsa::rs256(),
                        Hash::Sha384 => Rsa::rs384(),
                        Hash::Sha512 => Rsa::rs512(),
                    };
                    holds(&alg, public, text, signature)
                })
        }
        (Family::RsaPss(hash), Material::Rsa(public, modulus)) => {
            let alg = match hash {
                Hash::Sha256 => Rsa::ps256(),
                Hash::Sha384 => Rsa::ps384(),
                Hash::Sha512 => Rsa::ps512(),
            };
            is_below(signature, modulus) && holds(&alg, public, text, signature)
        }
        (Family::Ecdsa(hash), material) => {
            let Some(der) = ecdsa_der(signature, hash) else {
                return Verdict::Invalid;
            };
            ask(hash, &der).unwrap_or_else(|| match material {
                Material::P256(public) => p256::ecdsa::Signature::from_slice(signature)
                    .is_ok_and(|signature| Es256.verify_signature(&signature, public, text)),
                Material::P384(public) => holds(&Es384, public, text, signature),
                Material::P521(public) => holds(&Es512, public, text, signature),
                _ => false,
            })
        }
        (Family::Ed25519, Material::Ed25519(public)) => {
            ed25519_dalek::Signature::from_slice(signature)
                .is_ok_and(|signature| StrictEd25519.verify_signature(&signature, public, text))
        }
        _ => return Verdict::WrongKey,
    };
    match valid {
        true => Verdict::Valid,
        false => Verdict::Invalid,
    }
}

/// With an algorithm of jwt-compact's kind whose signatures are any bytes of one length. (Where
/// reading them can fail, it would bring anyhow's reports, 20 KB, into a module.)
fn holds<A: Algorithm>(alg: &A, key: &A::VerifyingKey, text: &[u8], signature: &[u8]) -> bool {
    let length = <A::Signature as AlgorithmSignature>::LENGTH;
    if length.is_some_and(|length| length.get() != signature.len()) {
        return false;
    }
    A::Signature::try_from_slice(signature)
        .is_ok_and(|signature| alg.verify_signature(&signature, key, text))
}

/// Whether an RSA signature has the modulus' length and is below it (RFC 8017, 5.2.2 and 8.2.2).
/// The `rsa` crate compares with the modulus for PKCS #1 v1.5 only: with PSS it would take the
/// signature plus the modulus for the signature.
fn is_below(signature: &[u8], modulus: &[u8]) -> bool {
    signature.len() == modulus.len() && signature < modulus
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
