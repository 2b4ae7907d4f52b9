//! The signature algorithms of RFC 7518 (section 3), RFC 8037 and RFC 9864.

use std::fmt;

use hachure_exchange::Hash;

/// A signature algorithm by its registered name. There is no `none`, so no token can ask for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Alg {
    /// HMAC with SHA-256.
    Hs256,
    /// HMAC with SHA-384.
    Hs384,
    /// HMAC with SHA-512.
    Hs512,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    Rs384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    Rs512,
    /// RSASSA-PSS with SHA-256, MGF1 with the same, a salt of 32 bytes.
    Ps256,
    /// RSASSA-PSS with SHA-384, MGF1 with the same, a salt of 48 bytes.
    Ps384,
    /// RSASSA-PSS with SHA-512, MGF1 with the same, a salt of 64 bytes.
    Ps512,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// ECDSA on P-384 with SHA-384.
    Es384,
    /// ECDSA on P-521 with SHA-512.
    Es512,
    /// Ed25519 by the name of RFC 8037. Ed448, which has the same name there, is not supported.
    EdDsa,
    /// Ed25519 by the name of RFC 9864.
    Ed25519,
}

/// What a key must be for an algorithm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// A shared secret.
    Hmac(Hash),
    /// RSA with PKCS #1 v1.5 padding.
    RsaPkcs1(Hash),
    /// RSA with PSS padding.
    RsaPss(Hash),
    /// ECDSA; the hash also names the curve.
    Ecdsa(Hash),
    /// Ed25519.
    Ed25519,
}

impl Family {
    /// The hash; Ed25519 has one of its own inside.
    pub const fn hash(self) -> Option<Hash> {
        match self {
            Self::Hmac(hash) | Self::RsaPkcs1(hash) | Self::RsaPss(hash) | Self::Ecdsa(hash) => {
                Some(hash)
            }
            Self::Ed25519 => None,
        }
    }
}

impl Alg {
    /// Every algorithm.
    pub const ALL: [Self; 14] = [
        Self::Hs256,
        Self::Hs384,
        Self::Hs512,
        Self::Rs256,
        Self::Rs384,
        Self::Rs512,
        Self::Ps256,
        Self::Ps384,
        Self::Ps512,
        Self::Es256,
        Self::Es384,
        Self::Es512,
        Self::EdDsa,
        Self::Ed25519,
    ];

    /// The name in a header or a key, case-sensitive (RFC 7515, 4.1.1).
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hs256 => "HS256",
            Self::Hs384 => "HS384",
            Self::Hs512 => "HS512",
            Self::Rs256 => "RS256",
            Self::Rs384 => "RS384",
            Self::Rs512 => "RS512",
            Self::Ps256 => "PS256",
            Self::Ps384 => "PS384",
            Self::Ps512 => "PS512",
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::Es512 => "ES512",
            Self::EdDsa => "EdDSA",
            Self::Ed25519 => "Ed25519",
        }
    }

    /// The algorithm of that name; `None` for `none` in any case and for whatever is not here.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|alg| alg.name() == name)
    }

    /// What a key must be for this algorithm.
    pub const fn family(self) -> Family {
        match self {
            Self::Hs256 => Family::Hmac(Hash::Sha256),
            Self::Hs384 => Family::Hmac(Hash::Sha384),
            Self::Hs512 => Family::Hmac(Hash::Sha512),
            Self::Rs256 => Family::RsaPkcs1(Hash::Sha256),
            Self::Rs384 => Family::RsaPkcs1(Hash::Sha384),
            Self::Rs512 => Family::RsaPkcs1(Hash::Sha512),
            Self::Ps256 => Family::RsaPss(Hash::Sha256),
            Self::Ps384 => Family::RsaPss(Hash::Sha384),
            Self::Ps512 => Family::RsaPss(Hash::Sha512),
            Self::Es256 => Family::Ecdsa(Hash::Sha256),
            Self::Es384 => Family::Ecdsa(Hash::Sha384),
            Self::Es512 => Family::Ecdsa(Hash::Sha512),
            Self::EdDsa | Self::Ed25519 => Family::Ed25519,
        }
    }

    /// Whether who can check a signature can also make one.
    pub const fn is_symmetric(self) -> bool {
        matches!(self.family(), Family::Hmac(_))
    }
}

impl fmt::Display for Alg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The algorithms that a party accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AllowList(u16);

impl AllowList {
    /// Every algorithm with a public key: RS, PS, ES and Ed25519.
    pub fn public_key() -> Self {
        Alg::ALL.into_iter().filter(|a| !a.is_symmetric()).collect()
    }

    /// Whether `alg` is accepted.
    pub const fn contains(self, alg: Alg) -> bool {
        self.0 & bit(alg) != 0
    }

    /// Whether an algorithm is in both.
    pub(crate) const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether nothing is accepted.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The algorithms, in the order of [`Alg::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Alg> {
        Alg::ALL.into_iter().filter(move |alg| self.contains(*alg))
    }
}

impl FromIterator<Alg> for AllowList {
    fn from_iter<I: IntoIterator<Item = Alg>>(algs: I) -> Self {
        Self(algs.into_iter().fold(0, |list, alg| list | bit(alg)))
    }
}

const fn bit(alg: Alg) -> u16 {
    1_u16.wrapping_shl(alg as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_exact() {
        for alg in Alg::ALL {
            assert_eq!(Alg::from_name(alg.name()), Some(alg));
            assert_eq!(Alg::from_name(&alg.name().to_lowercase()), None);
        }
        for name in [
            "none", "None", "nOnE", "NONE", "", " RS256", "RS256\0", "ES256K", "HS1",
        ] {
            assert_eq!(Alg::from_name(name), None, "{name:?}");
        }
    }

    #[test]
    fn a_list_holds_what_it_was_made_of() {
        let public = AllowList::public_key();
        for alg in Alg::ALL {
            assert_eq!(public.contains(alg), !alg.is_symmetric(), "{alg}");
            let one: AllowList = [alg].into_iter().collect();
            assert_eq!(one.iter().collect::<Vec<_>>(), [alg]);
        }
        assert!(AllowList::default().is_empty());
    }
}
