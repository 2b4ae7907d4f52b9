//! A key that can check signatures.

use std::fmt;

use hachure_exchange::Hash;
use jwt_compact::alg::RsaPublicKey;

use crate::alg::{Alg, AllowList, Family};
use crate::curve::{P384_LIMBS, P521_LIMBS, Point};

/// A usable key: everything that could be wrong with it was found when it was read.
pub struct Key {
    pub(crate) kid: Option<String>,
    pub(crate) alg: Option<Alg>,
    pub(crate) material: Material,
    /// Empty where no host is ever asked.
    pub(crate) spki: Vec<u8>,
}

/// What kind of key it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A shared secret (`oct`).
    Secret,
    /// `RSA`.
    Rsa,
    /// `EC` on P-256.
    P256,
    /// `EC` on P-384.
    P384,
    /// `EC` on P-521.
    P521,
    /// `OKP` with Ed25519.
    Ed25519,
}

pub(crate) enum Material {
    Secret(Vec<u8>),
    /// The key, and its modulus as the bytes of a signature stand.
    Rsa(RsaPublicKey, Vec<u8>),
    P256(p256::ecdsa::VerifyingKey),
    P384(Point<P384_LIMBS>),
    P521(Point<P521_LIMBS>),
    Ed25519(ed25519_dalek::VerifyingKey),
}

impl Key {
    /// The key's name.
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// The only algorithm that the key says it is for.
    pub fn alg(&self) -> Option<Alg> {
        self.alg
    }

    /// What kind of key it is.
    pub fn kind(&self) -> Kind {
        match self.material {
            Material::Secret(_) => Kind::Secret,
            Material::Rsa(..) => Kind::Rsa,
            Material::P256(_) => Kind::P256,
            Material::P384(_) => Kind::P384,
            Material::P521(_) => Kind::P521,
            Material::Ed25519(_) => Kind::Ed25519,
        }
    }

    /// The key as DER `SubjectPublicKeyInfo`; `None` for the kinds that are never the host's to
    /// check.
    pub fn spki(&self) -> Option<&[u8]> {
        Some(self.spki.as_slice()).filter(|spki| !spki.is_empty())
    }

    /// Whether the key may check signatures of `alg`: the algorithm is for this kind of key, and
    /// the key names no other. This is what makes it impossible to pass a public key off as a
    /// secret.
    pub fn fits(&self, alg: Alg) -> bool {
        self.alg.is_none_or(|only| only == alg)
            && match (alg.family(), &self.material) {
                (Family::Hmac(hash), Material::Secret(secret)) => secret.len() >= size(hash),
                (Family::RsaPkcs1(_) | Family::RsaPss(_), Material::Rsa(..)) => true,
                (Family::Ecdsa(Hash::Sha256), Material::P256(_)) => true,
                (Family::Ecdsa(Hash::Sha384), Material::P384(_)) => true,
                (Family::Ecdsa(Hash::Sha512), Material::P521(_)) => true,
                (Family::Ed25519, Material::Ed25519(_)) => true,
                _ => false,
            }
    }

    /// Whether both are the same key.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        match (&self.material, &other.material) {
            (Material::Secret(a), Material::Secret(b)) => a == b,
            (Material::Ed25519(a), Material::Ed25519(b)) => a == b,
            _ => !self.spki.is_empty() && self.spki == other.spki,
        }
    }

    /// Every algorithm that the key [`fits`](Self::fits).
    pub fn algs(&self) -> AllowList {
        Alg::ALL.into_iter().filter(|alg| self.fits(*alg)).collect()
    }
}

/// The bytes of a digest: the least that a secret of HMAC has (RFC 7518, 3.2).
const fn size(hash: Hash) -> usize {
    match hash {
        Hash::Sha256 => 32,
        Hash::Sha384 => 48,
        Hash::Sha512 => 64,
    }
}

/// Never the key itself, which may be a secret.
impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key")
            .field("kid", &self.kid)
            .field("alg", &self.alg)
            .field("kind", &self.kind())
            .finish_non_exhaustive()
    }
}
