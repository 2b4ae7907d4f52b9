//! `sources[]`.

use serde::Deserialize;

/// A place in which a request may name its version.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum Source {
    /// A segment of the path. Unknown versions are answered 404.
    Path(PathSource),
    /// A request header. Unknown versions are answered 400, and so are two values that differ.
    Header(NamedSource),
    /// A media type: `Accept` first (unknown versions: 406), then `Content-Type` (415).
    MediaType(MediaTypeSource),
    /// A query parameter. Unknown versions are answered 400, and so are two values that differ.
    Query(NamedSource),
}

/// Where a version stands in a path.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PathSource {
    /// The beginning of the path, with `{version}` in one segment: `/v{version}`,
    /// `/api/v{version}/`. Segments are compared whole, so `/v10` is not `/v1`. A segment speaks
    /// where a configured name stands for `{version}`, or a digit, or `v` and a digit begin
    /// there: `/vendors` names no version.
    #[cfg_attr(feature = "schema", schemars(extend("examples" = ["/v{version}", "/api/v{version}/"])))]
    pub template: String,
}

/// A header or a query parameter.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NamedSource {
    /// The name of the header, in any case, or of the query parameter, whose case counts.
    #[cfg_attr(feature = "schema", schemars(extend("examples" = ["Accept-Version", "api-version"])))]
    pub name: String,
}

/// How a media type names a version: by `vendor`, by `param`, or by either.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MediaTypeSource {
    /// A vendor's media type with `{version}` in it.
    #[cfg_attr(feature = "schema", schemars(extend("examples" = ["application/vnd.acme.v{version}+json"])))]
    pub vendor: Option<String>,
    /// A parameter of any media type, as `version` in `application/json; version=1`.
    #[cfg_attr(feature = "schema", schemars(extend("examples" = ["version"])))]
    pub param: Option<String>,
}
