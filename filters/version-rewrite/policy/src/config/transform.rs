//! `versions[].request` and `versions[].response`, and what holds for all of them.

use std::fmt;

use serde::de::{self, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};

/// One change of a JSON document. Places are JSON Pointers (RFC 6901), in which `*` stands for each
/// element of a list: `/orders/*/customer`. An operation whose place is not there, or holds another
/// kind of value, does nothing.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum Operation {
    /// Gives a member another name; it keeps its place among the others.
    #[cfg_attr(feature = "schema", schemars(extend("examples" = [{"rename": {"at": "/orders/*/customer", "to": "client"}}])))]
    Rename(Rename),
    /// Moves a value.
    #[cfg_attr(feature = "schema", schemars(extend("examples" = [{"move": {"from": "/items/*/sku", "to": "/items/*/product/id"}}])))]
    Move(Transfer),
    /// Copies a value.
    #[cfg_attr(feature = "schema", schemars(extend("examples" = [{"copy": {"from": "/id", "to": "/links/self"}}])))]
    Copy(Transfer),
    /// Removes a member, an element, or with `*` every element.
    #[cfg_attr(feature = "schema", schemars(extend("examples" = [{"remove": {"at": "/internal"}}])))]
    Remove(Place),
    /// Puts a value, whether or not there is one.
    #[cfg_attr(feature = "schema", schemars(extend("examples" = [{"add": {"at": "/api", "value": "orders"}}])))]
    Add(Assignment),
    /// Puts a value where the member is missing; `null` is not missing.
    #[cfg_attr(feature = "schema", schemars(extend("examples" = [{"default": {"at": "/currency", "value": "EUR"}}])))]
    Default(Assignment),
    /// Puts a value into an object under the name `in`, or without it into a list.
    #[cfg_attr(feature = "schema", schemars(extend("examples" = [{"wrap": {"at": "", "in": "data"}}])))]
    Wrap(Wrapping),
    /// Puts the member named `in`, or without it the only element of a list, in the place of what
    /// holds it. Other members are gone.
    #[cfg_attr(feature = "schema", schemars(extend("examples" = [{"unwrap": {"at": "", "in": "data"}}])))]
    Unwrap(Wrapping),
    /// Replaces values of an enumeration.
    #[cfg_attr(feature = "schema", schemars(extend("examples" = [{"map": {"at": "/state", "values": [{"from": "OPEN", "to": "open"}]}}])))]
    Map(Map),
    /// Splits a string.
    #[cfg_attr(feature = "schema", schemars(extend("examples" = [{"split": {"at": "/name", "separator": " ", "parts": ["first", "last"]}}])))]
    Split(Parts),
    /// Joins strings.
    #[cfg_attr(feature = "schema", schemars(extend("examples" = [{"join": {"at": "/name", "separator": " ", "parts": ["first", "last"]}}])))]
    Join(Parts),
}

/// A member and its new name.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Rename {
    /// The member.
    pub at: String,
    /// Its new name. A member that has it is replaced.
    pub to: String,
}

/// Where a value comes from and where it goes.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Transfer {
    /// The value.
    pub from: String,
    /// Its new place, the same as `from` up to and with the last `*`. Objects that are missing on
    /// the way are made, a member that is there is replaced, and `-` is behind the last element.
    pub to: String,
}

/// A place.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// The place.
    pub at: String,
}

/// A place and its value.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Assignment {
    /// The place. Objects that are missing on the way are made.
    pub at: String,
    /// Any JSON value; numbers are whole.
    pub value: Json,
}

/// A place and what is around its value.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Wrapping {
    /// The place; empty for the whole document.
    pub at: String,
    /// The name of the member; none for a list.
    #[serde(rename = "in")]
    pub member: Option<String>,
}

/// Values of an enumeration.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Map {
    /// The place.
    pub at: String,
    /// Which value stands for which. The first that fits counts.
    pub values: Vec<Mapping>,
    /// What stands for every other value; without it they stay.
    #[serde(rename = "else")]
    pub otherwise: Option<Json>,
}

/// A value and what stands for it.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// A string, a number, `true`, `false` or `null`.
    pub from: Json,
    /// Any JSON value.
    pub to: Json,
}

/// A string and its parts.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Parts {
    /// The string.
    pub at: String,
    /// What stands between the parts.
    pub separator: String,
    /// The names of the parts, beside the string, in whose place they are; the last one takes the
    /// rest. Without names the parts are a list in the place of the string.
    #[serde(default)]
    pub parts: Vec<String>,
}

/// What becomes of bodies that cannot be transformed, in one direction.
#[derive(Debug, Clone, Copy, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Bodies {
    /// The longest body that is transformed, in bytes: 1 to 8388608. It may be longer than the
    /// buffer limits of Envoy's listeners and clusters.
    pub max_body: u32,
    /// What becomes of a longer one: 413 for a request, 502 for a response.
    pub on_oversize: OnFailure,
    /// What becomes of one that is no JSON, in spite of its media type, or has a member twice that
    /// an operation names: 400 for a request, 502 for a response.
    pub on_invalid: OnFailure,
    /// What becomes of one that is compressed: 415 for a request, 502 for a response.
    pub on_encoded: OnFailure,
}

impl Default for Bodies {
    fn default() -> Self {
        Self {
            max_body: 1024 * 1024,
            on_oversize: OnFailure::Reject,
            on_invalid: OnFailure::Reject,
            on_encoded: OnFailure::Reject,
        }
    }
}

/// What becomes of a body that cannot be transformed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum OnFailure {
    /// The message is answered with an error.
    #[default]
    Reject,
    /// It passes as it came.
    Pass,
}

/// A JSON value of the config, as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Json(pub String);

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Json {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Json".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({})
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        d.deserialize_any(JsonVisitor)
    }
}

struct JsonVisitor;

impl<'de> Visitor<'de> for JsonVisitor {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Json, E> {
        Ok(Json("null".to_owned()))
    }

    fn visit_none<E: de::Error>(self) -> Result<Json, E> {
        self.visit_unit()
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Json, E> {
        Ok(Json(value.to_string()))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Json, E> {
        Ok(Json(value.to_string()))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Json, E> {
        Ok(Json(value.to_string()))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Json, E> {
        Ok(Json(hachure_json::quote(text)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Json, A::Error> {
        let mut text = String::from("[");
        while let Some(Json(value)) = seq.next_element()? {
            if text.len() > 1 {
                text.push(',');
            }
            text.push_str(&value);
        }
        text.push(']');
        Ok(Json(text))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json, A::Error> {
        let mut text = String::from("{");
        while let Some((key, Json(value))) = map.next_entry::<String, Json>()? {
            if text.len() > 1 {
                text.push(',');
            }
            text.push_str(&hachure_json::quote(&key));
            text.push(':');
            text.push_str(&value);
        }
        text.push('}');
        Ok(Json(text))
    }
}
