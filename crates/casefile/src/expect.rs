//! What a step expects.

use std::collections::BTreeMap;

use serde::de::Deserializer;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::message::{OneOrMany, Text};

/// What must come of a step. What is not named must not have happened.
#[derive(Debug, Clone, Default, Deserialize, Serialize, PartialEq)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Expect {
    /// The filter answered itself; the upstream saw nothing, or gave the response that is
    /// replaced: then `upstream` stands beside it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply: Option<ExpectedMessage>,
    /// What the filter changed in the request that the upstream saw.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub upstream: Option<ExpectedMessage>,
    /// What the filter changed in the response that the client saw.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response: Option<ExpectedMessage>,
    /// How often each counter went up, by its name without `hachure.<filter>.`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub counters: BTreeMap<String, u64>,
    /// The calls to upstreams that the stream made, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub calls: Vec<ExpectedCall>,
    /// Filter state that was set, `hachure.reason` and `hachure.filter` included.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub state: BTreeMap<String, String>,
}

/// A call of an upstream of the filter's own; of the headers only those named are compared.
#[derive(Debug, Clone, Default, Deserialize, Serialize, PartialEq)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ExpectedCall {
    /// The upstream's logical name.
    pub upstream: String,
    /// Headers by name; `null` where the name must not be there. Of a gRPC call `:path` is
    /// `/<service>/<method>`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, ExpectedValue>,
    /// The body; of a gRPC call the message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<ExpectedBody>,
}

/// A message, or the part of it that the filter made.
#[derive(Debug, Clone, Default, Deserialize, Serialize, PartialEq)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ExpectedMessage {
    /// The status of a reply.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Headers by name; `null` where the name must be gone.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, ExpectedValue>,
    /// The body of a reply, or of a message whose body was changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<ExpectedBody>,
}

/// Every value of a header, in order; none where the name must be gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectedValue(pub Vec<Text>);

impl<'de> Deserialize<'de> for ExpectedValue {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let values: Option<OneOrMany> = Option::deserialize(d)?;
        Ok(Self(values.map(|v| v.0).unwrap_or_default()))
    }
}

impl Serialize for ExpectedValue {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        match self.0.as_slice() {
            [] => s.serialize_none(),
            [one] => one.serialize(s),
            many => many.serialize(s),
        }
    }
}

/// A body, byte for byte or as JSON.
#[derive(Debug, Clone, Deserialize, Serialize, PartialEq)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum ExpectedBody {
    /// The very bytes.
    Text(Text),
    /// The same JSON value.
    Json(Value),
}
