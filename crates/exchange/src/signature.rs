//! Signatures that the host checks with its own crypto.

/// The hash of a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hash {
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

/// One signature: RSASSA-PKCS1-v1_5 or ECDSA, as the key is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignatureCheck<'a> {
    /// The hash over the text.
    pub hash: Hash,
    /// The public key: DER of SubjectPublicKeyInfo (RFC 5280, 4.1).
    pub key: &'a [u8],
    /// The signature; that of ECDSA as DER of Ecdsa-Sig-Value (RFC 3279, 2.2.3), not as `r || s`.
    pub signature: &'a [u8],
    /// What was signed.
    pub text: &'a [u8],
}
