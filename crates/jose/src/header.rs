//! The JOSE header of a signed token (RFC 7515, section 4).

use serde_json::{Map, Value};

use crate::Alg;
use crate::error::{ParseError, Part};
use crate::json::{self, Twice};

/// The longest `kid` and `typ`, in bytes.
pub const MAX_NAME: usize = 256;

/// What the header says that a reader may act on.
///
/// `jwk`, `jku`, `x5u`, `x5c` and the thumbprints are not read: a key that the token itself brings
/// or points at proves nothing (RFC 8725, 3.10).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// The algorithm that the token claims. It never decides alone: see
    /// [`KeySet::candidates`](crate::KeySet::candidates).
    pub alg: Alg,
    /// The name of the key, at most [`MAX_NAME`] bytes. A name to compare, nothing else.
    pub kid: Option<String>,
    /// The type of the token, at most [`MAX_NAME`] bytes.
    pub typ: Option<String>,
}

impl Header {
    pub(crate) fn parse(text: &[u8]) -> Result<Self, ParseError> {
        let object = json::object(text, Twice::Refuse)
            .map_err(|problem| ParseError::Json(Part::Header, problem))?;
        if object.contains_key("crit") {
            return Err(ParseError::Critical);
        }
        if object.contains_key("b64") {
            return Err(ParseError::Unencoded);
        }
        let Some(Value::String(alg)) = object.get("alg") else {
            return Err(ParseError::AlgMissing);
        };
        Ok(Self {
            alg: Alg::from_name(alg).ok_or(ParseError::AlgUnknown)?,
            kid: name(&object, "kid", ParseError::Kid)?,
            typ: name(&object, "typ", ParseError::Typ)?,
        })
    }

    /// Whether `typ` is that media type, in which `application/` may be left out and case does not
    /// matter (RFC 7515, 4.1.9): `at+jwt` for access tokens (RFC 9068, 2.1).
    pub fn is_type(&self, expected: &str) -> bool {
        self.typ
            .as_deref()
            .is_some_and(|typ| short(typ).eq_ignore_ascii_case(short(expected)))
    }
}

fn short(typ: &str) -> &str {
    const PREFIX: &str = "application/";
    match typ.split_at_checked(PREFIX.len()) {
        // With another slash it is not the short form of anything.
        Some((prefix, rest)) if prefix.eq_ignore_ascii_case(PREFIX) && !rest.contains('/') => rest,
        _ => typ,
    }
}

fn name(
    object: &Map<String, Value>,
    member: &str,
    error: ParseError,
) -> Result<Option<String>, ParseError> {
    match object.get(member) {
        None => Ok(None),
        Some(Value::String(name)) if name.len() <= MAX_NAME => Ok(Some(name.clone())),
        Some(_) => Err(error),
    }
}
