//! The config as it is written.

pub(crate) mod operation;
mod when;

use hachure_config::Mode;
use serde::Deserialize;

pub use operation::{
    Assignment, Dedupe, Keep, NameMatch, Named, Operation, RegexReplace, Transfer,
};
pub use when::{FieldMatch, PathMatch, ReplySource, When};

/// Ordered rules that change headers and query parameters.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Config {
    /// What to do, in order. Each rule sees what the rules before it have done.
    pub rules: Vec<Rule>,
    /// Whether a request that a rule with `ifMissing: fail` refuses is answered with 400
    /// (`enforce`) or only counted (`shadow`).
    #[serde(default)]
    pub mode: Mode,
    /// Whether rules may change what Envoy chooses a route by: `:path` (query parameters too),
    /// `:method`, `:authority`, `:scheme`, `x-forwarded-proto` and `routingHeaders`. Otherwise such a rule is an error,
    /// because another route may have other security filters.
    #[serde(default)]
    pub reroute: bool,
    /// The request headers that your routes match on. Names, in any case. Default: none.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(extend("examples" = [["x-canary"]])))]
    pub routing_headers: Vec<String>,
}

/// One rule: when it applies, and what it does.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Rule {
    /// Which message the rule changes.
    pub phase: RulePhase,
    /// Whether the rule changes headers or query parameters. Query parameters are those
    /// of a request, and need `reroute: true`.
    #[serde(default)]
    pub target: Target,
    /// Conditions, all of which must hold. Default: the rule always applies.
    #[serde(default)]
    pub when: When,
    /// What to do.
    pub operation: Operation,
    /// What happens where a variable of the value, or the source of `copy` and `rename`, is
    /// missing.
    #[serde(default)]
    pub if_missing: IfMissing,
    /// Allows the rule to write pseudo-headers (`:path` …), `host`, `content-length`,
    /// `transfer-encoding` and `connection`, on which the framing and routing of messages rest.
    #[serde(default)]
    pub allow_unsafe: bool,
}

/// The message that a rule changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum RulePhase {
    /// The request, before it goes to the upstream.
    Request,
    /// The response, before it goes to the client. A reply that Envoy or another filter made is
    /// one too; `when.source` tells them apart.
    Response,
}

/// The part of a message that a rule changes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema, serde::Serialize))]
#[serde(rename_all = "camelCase")]
pub enum Target {
    /// Its headers. Names in any case.
    #[default]
    Header,
    /// The query parameters of a request. Names are compared after decoding, and case counts.
    Query,
}

/// What happens where a value is missing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema, serde::Serialize))]
#[serde(rename_all = "camelCase")]
pub enum IfMissing {
    /// The rule does nothing, and `skipped` is counted.
    #[default]
    Skip,
    /// The missing value is the empty one.
    Empty,
    /// The request is refused with 400. For request rules only: what the upstream has done cannot
    /// be refused any more.
    Fail,
}
