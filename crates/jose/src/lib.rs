//! Signed tokens on jwt-compact, with what it lacks: strict reading, key sets, claims, every
//! algorithm of RFC 7518, and the host's cryptography where there is some.
//!
//! A token is taken apart ([`Token::parse`]), the keys that may have signed it are found
//! ([`KeySet::candidates`]), and its signature is checked with one of them ([`verify()`]).
//!
//! ```
//! use hachure_jose::{AllowList, KeySet, Limits, Token, Verdict, verify};
//!
//! let (keys, skipped) = KeySet::parse(br#"{"keys": [{"kty": "OKP", "crv": "Ed25519",
//!     "kid": "one", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#).unwrap();
//! assert!(skipped.is_empty());
//!
//! // {"alg":"EdDSA","kid":"one"} and {"sub":"alice"}, with a signature of somebody else's.
//! let text = format!("eyJhbGciOiJFZERTQSIsImtpZCI6Im9uZSJ9.eyJzdWIiOiJhbGljZSJ9.{}", "A".repeat(86));
//! let token = Token::parse(text.as_bytes(), Limits::default()).unwrap();
//! let candidates = keys.candidates(token.header(), AllowList::public_key()).unwrap();
//! // The third argument is the host's cryptography: here there is none.
//! assert_eq!(verify(token.jws(), candidates[0], &mut |_| None), Verdict::Invalid);
//! ```
//!
//! # Reading
//!
//! All of this is refused before any key is looked for, in this order ([`ParseError`]):
//!
//! 1. more than 8 KiB, or than the caller's limit, which ends at 64 KiB ([`Limits`]);
//! 2. other than three parts: the JSON serialisations, encrypted tokens, a dot at the end (RFC 7515,
//!    7.1; RFC 7516, 9);
//! 3. base64url that is not the one text for its bytes: padding, blanks, `+`, `/`, bits set that no
//!    byte takes (RFC 7515, 2; RFC 4648, 3.5);
//! 4. a header that is not one JSON object in UTF-8, each member once at whatever depth, at most
//!    [`MAX_DEPTH`] deep, no number beyond a double (RFC 7515, 4; RFC 8259, 4; RFC 8725, 2.6);
//! 5. `crit`, whatever it holds, and `b64`: no extension is understood (RFC 7515, 4.1.11; RFC 7797);
//! 6. an `alg` that is absent, no string, or not one of [`Alg`]; `none` is not, in whatever case
//!    (RFC 8725, 3.2);
//! 7. a `kid` or `typ` that is no string or over 256 bytes; a signature of no bytes;
//! 8. claims that are not such an object, or in which `exp`, `nbf`, `iat` is not a number of seconds
//!    from 1970 to 9999, with or without a fraction (RFC 7519, 2), `iss`, `sub`, `jti` no string,
//!    `aud` neither a string nor a list of strings (RFC 7519, 4.1).
//!
//! `jwk`, `jku`, `x5u`, `x5c` and thumbprints in a header are passed over: a key that the token
//! brings along proves nothing (RFC 8725, 3.10). A `kid` is compared and nothing else.
//!
//! # Keys
//!
//! A set is read entry by entry; each unusable one is told with its [`SkipReason`]: other kinds and
//! curves, keys that are not for signatures (`use`, `key_ops`, `alg`; RFC 7517, 4), parameters that
//! are not canonical, RSA under 2048 or over 8192 bits or with an exponent that is even or under 3
//! (RFC 7518, 3.3), moduli with a known flaw, points off their curve or of small order, secrets
//! shorter than their hash (RFC 7518, 3.2; RFC 8725, 3.5), private keys, secrets beside public keys,
//! two keys of one name and use. A set has at most 64 KiB and [`MAX_KEYS`] keys.
//!
//! A token's algorithm is only ever compared: with what the caller accepts, with the kind of the
//! key, and with the key's own `alg` (RFC 8725, 3.1). A token that names a key is checked with that
//! key; another with at most [`MAX_CANDIDATES`] that fit.
//!
//! # Signatures
//!
//! | algorithm | host | inside |
//! |---|---|---|
//! | HS256, HS384, HS512 | - | jwt-compact |
//! | RS256, RS384, RS512 | asked first | jwt-compact with `rsa` |
//! | PS256, PS384, PS512 | - | jwt-compact with `rsa`, and a signature below the modulus |
//! | ES256 | asked first | jwt-compact with `p256` |
//! | ES384, ES512 | asked first | here, over `crypto-bigint`: the crates `p384` and `p521` weigh 175 KB |
//! | EdDSA, Ed25519 | - | `ed25519-dalek` by its strict equation; jwt-compact calls the lax one |
//!
//! The host and the module come to the same verdict on every vector of Project Wycheproof. An ECDSA
//! signature has a twin that verifies too (RFC 8725 asks for nothing there): do not take the text of
//! a token for its identity.
//!
//! Times, issuers, audiences and scopes are the caller's to judge: this crate has no clock.

mod alg;
mod claims;
mod curve;
mod der;
mod encoding;
mod error;
mod header;
mod json;
mod jws;
mod key;
mod keys;
#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
mod no_random;
mod token;
mod verify;

pub use alg::{Alg, AllowList, Family};
pub use claims::{ClaimPath, Claims, PathError, texts};
pub use error::{ParseError, Part};
pub use hachure_exchange::{Hash, SignatureCheck};
pub use header::{Header, MAX_NAME};
pub use json::{JsonProblem, MAX_DEPTH};
pub use jws::{Jws, Limits};
pub use key::{Key, Kind};
pub use keys::{
    KeySet, KeySetError, MAX_CANDIDATES, MAX_KEYS, MAX_SET_SIZE, NoKey, SkipReason, Skipped,
};
pub use token::Token;
pub use verify::{Verdict, verify, verify_signature};
