//! What an upstream of the filter's own answers.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::message::{Headers, OneOrMany, Text};

/// The answer of an upstream: an HTTP response, a gRPC message, or none.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UpstreamAnswer {
    /// The headers of an HTTP response; `:status` is 200 where it is not among them.
    #[serde(default)]
    pub headers: Headers,
    /// Its body.
    #[serde(default)]
    body: Option<OneOrMany>,
    /// Its body, as JSON.
    #[serde(default)]
    json: Option<Value>,
    /// The message of a gRPC response, in its protobuf encoding.
    #[serde(default)]
    pub grpc: Option<Text>,
    /// Nothing listens there. Envoy's client then answers an HTTP call with 503, and a gRPC call
    /// fails.
    #[serde(default)]
    pub away: bool,
}

impl UpstreamAnswer {
    /// The body of an HTTP response.
    pub fn body(&self) -> Vec<u8> {
        let chunks = self.body.iter().flat_map(|body| &body.0);
        match &self.json {
            Some(json) => json.to_string().into_bytes(),
            None => chunks.flat_map(|chunk| chunk.0.clone()).collect(),
        }
    }

    /// `:status` of an HTTP response.
    pub fn status(&self) -> u16 {
        let headers = self.headers.to_map();
        let status = headers.values(":status").next().unwrap_or(b"200");
        str::from_utf8(status)
            .ok()
            .and_then(|status| status.parse().ok())
            .unwrap_or(200)
    }
}

/// The logical name of the upstream that a config means by a cluster.
pub fn logical_name<'a>(config: &'a Value, cluster: &'a str) -> &'a str {
    let names = config.get("upstreams").and_then(Value::as_object);
    let mut names = names.into_iter().flatten();
    names
        .find(|(_, value)| value.as_str() == Some(cluster))
        .map_or(cluster, |(name, _)| name)
}

/// The cluster that a config means by the logical name of an upstream.
pub fn cluster<'a>(config: &'a Value, name: &'a str) -> &'a str {
    let names = config.get("upstreams").and_then(Value::as_object);
    names
        .and_then(|names| names.get(name)?.as_str())
        .unwrap_or(name)
}

/// The answers by name, those of `step` before those of the case.
pub(crate) type Answers = BTreeMap<String, UpstreamAnswer>;
