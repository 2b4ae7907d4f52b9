//! Why a text is no token.

use crate::json::JsonProblem;

/// The part of a token that a problem is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The JOSE header.
    Header,
    /// The payload: of a JWT, its claims.
    Payload,
    /// The signature.
    Signature,
}

/// Why a text is no signed token. None of them carries anything of the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParseError {
    /// Longer than [`Limits`](crate::Limits) allows.
    TooLarge,
    /// Not three parts between dots (RFC 7515, 7.1): fewer, more, or the JSON serialisation.
    NotCompact,
    /// Five parts: an encrypted token (RFC 7516, 7.1).
    Encrypted,
    /// A part that is not canonical base64url.
    Encoding(Part),
    /// The header or the claims are not one JSON object with one meaning.
    Json(Part, JsonProblem),
    /// No `alg`, or one that is no string.
    AlgMissing,
    /// An `alg` that is not in [`Alg`](crate::Alg): `none` in any case is one of these.
    AlgUnknown,
    /// `crit` is there (RFC 7515, 4.1.11). No extension is understood, so whatever it names is
    /// refused, and an empty or malformed one is invalid by itself.
    Critical,
    /// `b64` is there (RFC 7797): the payload might be meant unencoded.
    Unencoded,
    /// A `kid` that is no string or longer than 256 bytes.
    Kid,
    /// A `typ` that is no string or longer than 256 bytes.
    Typ,
    /// The signature is empty.
    Unsigned,
    /// A registered claim has a value that RFC 7519 (4.1) does not allow there.
    Claim(&'static str),
}
