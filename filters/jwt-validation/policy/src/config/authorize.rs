//! `providers[].authorize` and `providers[].revoked`.

use std::fmt;

use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, Serialize};

use super::ClaimPath;

/// What a token must allow; all of it.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Authorize {
    /// The scopes that it must have, in `scope` or `scp`: a text with blanks between them, or a
    /// list.
    #[serde(default)]
    pub scopes: Scopes,
    /// The clients that it may have been issued to, by its `azp`, else its `client_id`, else its
    /// `appid`. Any when there are none here.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(extend("examples" = [["web", "mobile"]])))]
    pub clients: Vec<String>,
    /// What its claims must be.
    #[serde(default)]
    pub claims: Vec<ClaimRule>,
}

/// Scopes that a token must have.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Scopes {
    /// Each of these.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(extend("examples" = [["orders:read"]])))]
    pub all: Vec<String>,
    /// At least one of these.
    #[serde(default)]
    pub any: Vec<String>,
}

/// What a claim must be.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ClaimRule {
    /// Which one.
    pub claim: ClaimPath,
    /// What it must be.
    pub r#is: ClaimTest,
}

/// A condition on a claim. A claim that is not there meets none of them but `absent`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum ClaimTest {
    /// It is this text, whole number or truth value.
    Equals(Scalar),
    /// It is one of these.
    OneOf(Vec<Scalar>),
    /// It is a list that has this element.
    Contains(Scalar),
    /// It is a text that begins with this.
    Prefix(String),
    /// It is there, and not `null`.
    Exists,
    /// It is not there, or `null`.
    Absent,
}

/// A text, a whole number or a truth value. `1` and `"1"` differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scalar {
    /// A text.
    Text(String),
    /// A whole number.
    Number(i64),
    /// A truth value.
    Truth(bool),
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        d.deserialize_any(ScalarVisitor)
    }
}

struct ScalarVisitor;

impl Visitor<'_> for ScalarVisitor {
    type Value = Scalar;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, a whole number, true or false")
    }

    fn visit_bool<E: de::Error>(self, truth: bool) -> Result<Scalar, E> {
        Ok(Scalar::Truth(truth))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Scalar, E> {
        Ok(Scalar::Number(number))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Scalar, E> {
        let fits = i64::try_from(number);
        fits.map(Scalar::Number)
            .map_err(|_| E::invalid_value(de::Unexpected::Unsigned(number), &self))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Scalar, E> {
        Ok(Scalar::Text(text.to_owned()))
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Scalar {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Scalar".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "A text, a whole number or a truth value. `1` and `\"1\"` differ.",
            "type": ["string", "integer", "boolean"],
        })
    }
}

/// Tokens that are no longer good. One match is enough.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Revoked {
    /// Tokens by their `jti`.
    #[serde(default)]
    pub ids: Vec<String>,
    /// Tokens by what their claims are, as a session or a leaked client.
    #[serde(default)]
    pub claims: Vec<ClaimRule>,
}
