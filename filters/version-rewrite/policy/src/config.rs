//! The config as it is written.

mod lifecycle;
mod source;
mod transform;
mod upstream;

use hachure_config::Mode;
use serde::{Deserialize, Serialize};

pub use lifecycle::{Links, Status};
pub use source::{MediaTypeSource, NamedSource, PathSource, Source};
pub use transform::{
    Assignment, Bodies, Json, Map, Mapping, OnFailure, Operation, Parts, Place, Rename, Transfer,
    Wrapping,
};
pub use upstream::{Header, Upstream, UpstreamPath};

use hachure_config::UnixTime;

/// Carries several versions of an API behind one address: reads which version a request names,
/// gives each version's upstream what it understands, and tells clients what is deprecated.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Config {
    /// Where a request may name its version, in order of precedence. 1 to 16.
    pub sources: Vec<Source>,
    /// What becomes of a request in which two sources name different versions.
    #[serde(default)]
    pub conflict: Conflict,
    /// The versions there are. At least one.
    pub versions: Vec<Version>,
    /// The version, by name or alias, of a request in which no source speaks. It is never used
    /// for a version that is unknown. None by default.
    pub default: Option<String>,
    /// What becomes of a request in which no source speaks, where there is no `default`.
    #[serde(default)]
    pub on_missing: OnMissing,
    /// Whether a version is refused (410) from its `sunsetAt` on. Without it dates fill headers
    /// and counters only; `status: sunset` refuses in either case.
    #[serde(default)]
    pub enforce_sunset: bool,
    /// Says that requests may be routed anew, and must be `true` where a version has `upstream`, `request` or `response`:
    /// Envoy chooses the route again after any change to a request's headers, and the filters of
    /// the new route do not run. Attach this filter and every security filter to both routes.
    #[serde(default)]
    pub reroute: bool,
    /// Whether the platform lets headers wait for their body: Envoy's
    /// `allow_on_headers_stop_iteration`, which `hachure run` sets by this and Envoy Gateway 1.9
    /// does not. Where this says `true` and the platform does not, messages wait for ever. Without
    /// it headers leave before their body is known, so that a response whose body cannot be
    /// transformed can only pass as it is.
    #[serde(default)]
    pub headers_held: bool,
    /// What becomes of requests whose body cannot be transformed.
    #[serde(default)]
    pub request_bodies: Bodies,
    /// What becomes of responses whose body cannot be transformed.
    #[serde(default)]
    pub response_bodies: Bodies,
    /// The consumers that get counters of their own; all others are counted as `other`. The
    /// consumer is what an authenticating filter before this one established.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(extend("examples" = [["acme", "globex"]])))]
    pub consumers: Vec<String>,
    /// Whether refusals reach the client.
    #[serde(default)]
    pub mode: Mode,
}

/// What becomes of a request in which two sources name different versions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum Conflict {
    /// The first source that speaks decides; those after it are not read.
    #[default]
    First,
    /// All sources are read, and the request is refused (400).
    Reject,
}

/// What becomes of a request in which no source speaks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum OnMissing {
    /// It is refused (400).
    #[default]
    Refuse,
    /// It goes on as it came, with no version.
    Pass,
}

/// One version of the API.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Version {
    /// Its name, as requests write it and as `API-Version` and the counters show it: a letter or
    /// digit, then up to 63 letters, digits, `.`, `_` or `-`. In quotes, or YAML makes `1.10` a
    /// number.
    #[cfg_attr(feature = "schema", schemars(extend("examples" = ["1", "2.1", "2026-01-01"])))]
    pub name: String,
    /// Other names for it, of the same form. No two names of a config may differ in case only.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(extend("examples" = [["latest", "1"]])))]
    pub aliases: Vec<String>,
    /// Where it is in its life.
    #[serde(default)]
    pub status: Status,
    /// When it is or was deprecated: the `Deprecation` header. Required by `status: deprecated`
    /// and may lie ahead; `status: active` has none.
    pub deprecated_at: Option<UnixTime>,
    /// When it ends or ended: the `Sunset` header. Never before `deprecatedAt`; `status: active`
    /// has none.
    pub sunset_at: Option<UnixTime>,
    /// Where a person reads what to do: the `Link` header.
    #[serde(default)]
    pub links: Links,
    /// What the upstream gets. Nothing is changed for the upstream where this is absent.
    pub upstream: Option<Upstream>,
    /// What makes a JSON body of a client the upstream's, in order: JSON media types that are not
    /// compressed (`Content-Encoding`). All others pass as they are.
    #[serde(default)]
    pub request: Vec<Operation>,
    /// What makes a JSON body of the upstream the client's, in order. The upstream then gets no
    /// `Accept-Encoding`, `Range` and `If-Range`.
    #[serde(default)]
    pub response: Vec<Operation>,
}
