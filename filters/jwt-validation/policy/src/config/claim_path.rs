//! How a config names a claim.

use std::fmt;

use hachure_config as config;
use serde::Deserialize;
use serde::de::{self, Deserializer, Visitor};

/// A claim by its name, or by the names that lead to it, as [`config::ClaimPath`] reads them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimPath(pub config::ClaimPath);

impl<'de> Deserialize<'de> for ClaimPath {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        d.deserialize_str(PathVisitor)
    }
}

struct PathVisitor;

impl Visitor<'_> for PathVisitor {
    type Value = ClaimPath;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a claim's name, or `outer.inner` for a nested one")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<ClaimPath, E> {
        let read = config::ClaimPath::parse(text).map(ClaimPath);
        read.map_err(|_| E::invalid_value(de::Unexpected::Str(text), &self))
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for ClaimPath {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "ClaimPath".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "A claim by its name; `outer.inner` for a nested one. A URL or URN is \
                            one name, and so is what stands in quotes: `'my.app'.roles`.",
            "type": "string",
            "minLength": 1,
            "examples": ["sub", "realm_access.roles", "https://acme.example/plan"]
        })
    }
}
