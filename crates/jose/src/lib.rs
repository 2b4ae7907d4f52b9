//! Signed tokens on jwt-compact, with what it lacks: strict reading, key sets, claims, every
//! algorithm of RFC 7518, and the host's cryptography where there is some.
//!
//! A token is taken apart ([`Token::parse`]), the keys that may have signed it are found
//! ([`KeySet::candidates`]), and its signature is checked with one of them ([`verify`]). What the
//! token says of its algorithm is only ever compared: with what the caller accepts, and with what
//! the key is.
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

mod alg;
mod check;
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
mod token;
mod verify;

pub use alg::{Alg, AllowList, Family};
pub use check::{Hash, SignatureCheck};
pub use claims::{ClaimPath, Claims, PathError, texts};
pub use error::{ParseError, Part};
pub use header::{Header, MAX_NAME};
pub use json::{JsonProblem, MAX_DEPTH};
pub use jws::{Jws, Limits};
pub use key::{Key, Kind};
pub use keys::{
    KeySet, KeySetError, MAX_CANDIDATES, MAX_KEYS, MAX_SET_SIZE, NoKey, SkipReason, Skipped,
};
pub use token::Token;
pub use verify::{Verdict, verify, verify_signature};
