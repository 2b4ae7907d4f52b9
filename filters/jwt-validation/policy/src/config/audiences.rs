//! `providers[].audiences`.

use std::fmt;

use serde::Deserialize;
use serde::de::{self, Deserializer, SeqAccess, Visitor};

/// The audiences of which a token must have one; `any` asks for none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Audiences {
    /// Whatever a token is for.
    Any,
    /// One of these.
    OneOf(Vec<String>),
}

impl<'de> Deserialize<'de> for Audiences {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        d.deserialize_any(AudiencesVisitor)
    }
}

struct AudiencesVisitor;

impl<'de> Visitor<'de> for AudiencesVisitor {
    type Value = Audiences;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of audiences, or `any`")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Audiences, E> {
        match text {
            "any" => Ok(Audiences::Any),
            _ => Err(E::invalid_value(de::Unexpected::Str(text), &self)),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Audiences, A::Error> {
        let mut all = vec![];
        while let Some(one) = seq.next_element()? {
            all.push(one);
        }
        Ok(Audiences::OneOf(all))
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Audiences {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Audiences".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "The audiences of which a token must have one; `any` asks for none.",
            "oneOf": [
                {"const": "any"},
                {"type": "array", "items": {"type": "string"}, "minItems": 1}
            ],
            "examples": [["https://api.example.com"]]
        })
    }
}
