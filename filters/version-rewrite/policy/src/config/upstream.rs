//! `versions[].upstream`.

use serde::Deserialize;

/// What the upstream of a version gets. Everything that is not named here passes as it came.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Upstream {
    /// What stands in the path instead of the version.
    pub path: Option<UpstreamPath>,
    /// Headers that tell the upstream its version. A header named here, for whichever version, is
    /// removed from every request first, so that an upstream can trust it.
    #[serde(default)]
    pub headers: Vec<Header>,
    /// The media type that the upstream takes and gives: it stands in `Accept` and `Content-Type`
    /// instead of the vendor's, and the client gets the vendor's back. Needs a source `mediaType`.
    #[cfg_attr(feature = "schema", schemars(extend("examples" = ["application/json"])))]
    pub media_type: Option<String>,
}

/// What stands in the path instead of the version. Everything after it, the query included, stays
/// as it came, byte for byte.
///
/// A path that names no version is treated as if its version stood where the template has it: in
/// front of the whole path where no source is a path. A path outside every template stays as it is.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum UpstreamPath {
    /// A path instead of everything up to and with the version: with `/legacy`, `/api/v1/orders`
    /// becomes `/legacy/orders`. `/` leaves nothing of it. A slash at the end does not matter.
    #[cfg_attr(feature = "schema", schemars(extend("examples" = [{"prefix": "/legacy"}, {"prefix": "/"}])))]
    Prefix(String),
    /// A segment instead of the version's: with `stable`, `/api/v1/orders` becomes
    /// `/api/stable/orders`.
    #[cfg_attr(feature = "schema", schemars(extend("examples" = [{"segment": "v1"}])))]
    Segment(String),
}

/// A header with its value.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Header {
    /// The header's name.
    #[cfg_attr(feature = "schema", schemars(extend("examples" = ["x-api-version"])))]
    pub name: String,
    /// The header's value.
    #[cfg_attr(feature = "schema", schemars(extend("examples" = ["1"])))]
    pub value: String,
}
