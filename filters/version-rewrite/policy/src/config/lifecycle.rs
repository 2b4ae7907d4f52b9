//! `versions[].status` and `versions[].links`.

use serde::{Deserialize, Serialize};

/// Where a version is in its life. Its dates must go with it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum Status {
    /// In use. It has no dates: a version that is to end is deprecated.
    #[default]
    Active,
    /// Clients should leave it, from `deprecatedAt` on.
    Deprecated,
    /// It has ended: its requests are refused (410).
    Sunset,
}

/// Links for people: absolute `http` or `https` URLs, or paths that begin with `/`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Links {
    /// What the deprecation means (`rel="deprecation"`, RFC 9745).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deprecation: Option<String>,
    /// What the end means (`rel="sunset"`, RFC 8594).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sunset: Option<String>,
    /// The version to use instead, or how to move to it (`rel="successor-version"`, RFC 5829).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(extend("examples" = ["https://docs.example.com/v2"])))]
    pub successor: Option<String>,
}
