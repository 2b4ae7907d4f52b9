//! `sources[]`.

use serde::Deserialize;

/// A place in which a request may name its version.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum Source {
    /// A segment of the path.
    Path(PathSource),
    /// A request header.
    Header(NamedSource),
    /// A media type in `Accept` or `Content-Type`.
    MediaType(MediaTypeSource),
    /// A query parameter.
    Query(NamedSource),
}

/// A segment of the path. Unknown versions are answered 404.
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

/// A header, or a query parameter, that holds the version and nothing else. Unknown versions are
/// answered 400, and so are two values that differ.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NamedSource {
    /// The name of the header, in any case, or of the query parameter, whose case counts.
    #[cfg_attr(feature = "schema", schemars(extend("examples" = ["Accept-Version", "api-version"])))]
    pub name: String,
}

/// A media type: in `Accept` first (unknown versions are answered 406), then in `Content-Type`
/// (415). It names a version by `vendor`, by `param`, or by either.
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
