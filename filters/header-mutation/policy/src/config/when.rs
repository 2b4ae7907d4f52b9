//! When a rule applies.

use hachure_config::{PathPattern, PathTemplate, Pattern, StatusRange, TextMatch};
use serde::Deserialize;

/// Conditions, all of which must hold. What cannot be judged, as a path that servers may read in
/// two ways, holds neither way.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct When {
    /// The request's method; case counts.
    pub method: Option<TextMatch>,
    /// The request's path, without its query.
    pub path: Option<PathMatch>,
    /// The request's host in lower case, without port.
    pub host: Option<TextMatch>,
    /// Query parameters of the request, decoded. All must fit.
    #[serde(default)]
    pub query: Vec<FieldMatch>,
    /// Headers of the request. All must fit.
    #[serde(default)]
    pub request_headers: Vec<FieldMatch>,
    /// Headers of the response, for `phase: response`. All must fit.
    #[serde(default)]
    pub response_headers: Vec<FieldMatch>,
    /// Statuses of the response, for `phase: response`: codes, classes and ranges, one of which
    /// must fit.
    pub status: Option<Vec<StatusRange>>,
    /// Who answered, for `phase: response`.
    pub source: Option<ReplySource>,
}

/// A condition on the path. Segments are compared after decoding, and `%2F` is never a slash.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum PathMatch {
    /// The whole path; a slash at the end counts.
    Exact(PathPattern),
    /// The first segments: `/v1` fits `/v1` and `/v1/a`, not `/v10`.
    Prefix(PathPattern),
    /// The end of the path, decoded, as `.json`.
    Suffix(String),
    /// A regular expression that must match the whole path, decoded.
    Regex(Pattern),
    /// The whole path with segments that are captured: `/orders/{id}`.
    Template(PathTemplate),
    /// The condition here does not hold.
    Not(Box<PathMatch>),
}

/// A condition on the values of a name.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FieldMatch {
    /// The name.
    pub name: String,
    /// What its value must be. Default `present`.
    #[serde(rename = "match", default = "present")]
    pub value: TextMatch,
}

fn present() -> TextMatch {
    TextMatch::Present
}

/// Who made a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum ReplySource {
    /// Envoy or a filter, without the upstream.
    Local,
    /// The upstream.
    Upstream,
}
