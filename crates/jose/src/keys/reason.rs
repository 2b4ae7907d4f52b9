//! Why an entry of a key set is skipped.

use std::fmt;

/// Why an entry of a key set is no usable key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SkipReason {
    /// No JSON object, or one that has a member twice (RFC 7517, section 4).
    NotObject,
    /// No `kty`, or one that is not RSA, EC, OKP or oct (RFC 7518, 6.1; RFC 8037).
    Kty,
    /// A `kid` that is no string or longer than 256 bytes.
    Kid,
    /// A `use` other than `sig` (RFC 7517, 4.2).
    Use,
    /// `key_ops` without `verify` (RFC 7517, 4.3).
    KeyOps,
    /// An `alg` that is no signature algorithm known here: keys for encryption have one.
    Alg,
    /// An `alg` that is not for this kind of key, or for longer ones.
    AlgMismatch,
    /// A `crv` other than P-256, P-384, P-521 and Ed25519; X25519 is for key agreement.
    Curve,
    /// That parameter is absent or not canonical base64url of the right length.
    Parameter(&'static str),
    /// A parameter of a private key. Whoever has read the set can sign with it.
    Private,
    /// A modulus under 2048 or over 8192 bits, or of no whole number of bytes (RFC 7518, 3.3).
    RsaSize,
    /// An exponent that is even, under 3 or over 33 bits.
    RsaExponent,
    /// A modulus that is even, or made by the flawed generator of CVE-2017-15361.
    RsaWeak,
    /// A point that is not on its curve, or of an order that lets one signature fit many texts.
    Point,
    /// A secret shorter than the hash of every algorithm it could be for (RFC 7518, 3.2), or empty.
    SecretShort,
    /// A secret in a set that also has public keys.
    Mixed,
    /// Another key has the same `kid` and could check the same tokens.
    DuplicateKid,
    /// The same key again.
    Repeated,
    /// More entries than are read.
    Surplus,
}

impl SkipReason {
    /// Whether the entry was meant to be a key for signatures and is not fit to be one.
    pub(super) const fn is_defect(self) -> bool {
        matches!(
            self,
            Self::AlgMismatch
                | Self::Parameter(_)
                | Self::Private
                | Self::RsaSize
                | Self::RsaExponent
                | Self::RsaWeak
                | Self::Point
                | Self::SecretShort
        )
    }

    /// A stable word for metrics and logs.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotObject => "not_object",
            Self::Kty => "kty",
            Self::Kid => "kid",
            Self::Use => "use",
            Self::KeyOps => "key_ops",
            Self::Alg => "alg",
            Self::AlgMismatch => "alg_mismatch",
            Self::Curve => "crv",
            Self::Parameter(_) => "parameter",
            Self::Private => "private",
            Self::RsaSize => "rsa_size",
            Self::RsaExponent => "rsa_exponent",
            Self::RsaWeak => "rsa_weak",
            Self::Point => "point",
            Self::SecretShort => "secret_short",
            Self::Mixed => "mixed",
            Self::DuplicateKid => "duplicate_kid",
            Self::Repeated => "repeated",
            Self::Surplus => "surplus",
        }
    }
}

impl fmt::Display for SkipReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())?;
        match self {
            Self::Parameter(name) => write!(f, " {name}"),
            _ => Ok(()),
        }
    }
}
