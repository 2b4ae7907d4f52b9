//! The claims of a token (RFC 7519, section 4).

use hachure_config::UnixTime;
use serde_json::{Map, Value};

use crate::error::{ParseError, Part};
use crate::json::{self, Twice};

pub use hachure_config::{ClaimPath, PathError};

/// 9999-12-31T23:59:59Z, where RFC 3339 ends.
const LAST_SECOND: u64 = 253_402_300_799;

/// A JSON object whose registered claims have the types that RFC 7519 gives them.
///
/// A registered claim that has another type is an error of the whole, not an absent claim:
/// a token with `"exp": "2030"` would otherwise never expire.
#[derive(Debug, Clone, PartialEq)]
pub struct Claims(Map<String, Value>);

impl Claims {
    /// Reads a payload.
    pub fn parse(payload: &[u8]) -> Result<Self, ParseError> {
        let object = json::object(payload, Twice::Refuse)
            .map_err(|problem| ParseError::Json(Part::Payload, problem))?;
        for name in ["exp", "nbf", "iat"] {
            check(&object, name, |value| date(value).is_some())?;
        }
        for name in ["iss", "sub", "jti"] {
            check(&object, name, Value::is_string)?;
        }
        check(&object, "aud", |value| match value {
            Value::Array(list) => list.iter().all(Value::is_string),
            other => other.is_string(),
        })?;
        Ok(Self(object))
    }

    /// When the token expires: it must not be accepted at or after this (4.1.4).
    pub fn exp(&self) -> Option<UnixTime> {
        self.time("exp")
    }

    /// Before when the token must not be accepted (4.1.5).
    pub fn nbf(&self) -> Option<UnixTime> {
        self.time("nbf")
    }

    /// When the token was issued (4.1.6).
    pub fn iat(&self) -> Option<UnixTime> {
        self.time("iat")
    }

    /// Who issued the token. Compare it as it is, byte for byte.
    pub fn iss(&self) -> Option<&str> {
        self.text("iss")
    }

    /// Whom the token is about.
    pub fn sub(&self) -> Option<&str> {
        self.text("sub")
    }

    /// The token's own name.
    pub fn jti(&self) -> Option<&str> {
        self.text("jti")
    }

    /// Whom the token is for; nothing where the claim is absent or an empty list.
    pub fn aud(&self) -> impl Iterator<Item = &str> {
        self.texts("aud")
    }

    /// A claim by its name alone, as a string.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str()
    }

    /// A claim that is a string or a list of strings; an element that is no string is left out.
    pub fn texts(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.get(name).into_iter().flat_map(texts)
    }

    /// The value at a path.
    pub fn at(&self, path: &ClaimPath) -> Option<&Value> {
        let (first, rest) = path.names().split_first()?;
        rest.iter().try_fold(self.0.get(first)?, |value, name| {
            value.as_object()?.get(name)
        })
    }

    /// All claims.
    pub fn object(&self) -> &Map<String, Value> {
        &self.0
    }

    fn time(&self, name: &str) -> Option<UnixTime> {
        self.0.get(name).and_then(date)
    }
}

/// The strings of a value that is one, or a list of some.
pub fn texts(value: &Value) -> impl Iterator<Item = &str> {
    let list = match value {
        Value::Array(list) => list.as_slice(),
        one => std::slice::from_ref(one),
    };
    list.iter().filter_map(Value::as_str)
}

/// A NumericDate (RFC 7519, section 2): seconds from 1970 to 9999, with a fraction where it has one.
///
/// Beyond 9999 stands no date, but milliseconds in place of seconds.
fn date(value: &Value) -> Option<UnixTime> {
    if let Some(seconds) = value.as_u64() {
        return (seconds <= LAST_SECOND).then(|| UnixTime::from_seconds(seconds));
    }
    let seconds = value.as_f64()?;
    let is_date = (0.0..=LAST_SECOND as f64).contains(&seconds);
    let nanos = (seconds.fract() * 1e9) as u64;
    let whole = UnixTime::from_seconds(seconds as u64);
    is_date.then(|| UnixTime(whole.0.saturating_add(nanos)))
}

fn check(
    object: &Map<String, Value>,
    name: &'static str,
    fits: impl Fn(&Value) -> bool,
) -> Result<(), ParseError> {
    match object.get(name) {
        Some(value) if !fits(value) => Err(ParseError::Claim(name)),
        _ => Ok(()),
    }
}
