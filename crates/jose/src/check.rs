//! A signature as a host checks it.

/// The hash of a signature algorithm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Hash {
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

/// One signature to check with the host's own cryptography: RSASSA-PKCS1-v1_5 or ECDSA, whichever
/// the key is for.
#[derive(Debug, Clone, Copy)]
pub struct SignatureCheck<'a> {
    /// The hash that is signed.
    pub hash: Hash,
    /// The key as DER `SubjectPublicKeyInfo` (RFC 5280, 4.1.2.7).
    pub key: &'a [u8],
    /// The signature: of RSA as it is, of ECDSA as DER `ECDSA-Sig-Value` (RFC 3279, 2.2.3).
    pub signature: &'a [u8],
    /// The bytes that are signed.
    pub text: &'a [u8],
}
