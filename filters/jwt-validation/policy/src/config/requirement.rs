//! `require`.

use serde::Deserialize;

/// Which tokens a request needs.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum Requirement {
    /// A token of the provider of that name.
    Provider(String),
    /// At least one of these holds. Where their providers take tokens from several places, a
    /// request may carry one token only.
    Any(Vec<Requirement>),
    /// All of these hold, each with a token of its own.
    All(Vec<Requirement>),
    /// It holds, or the request carries no token for it. A bad token is refused still.
    Optional(Box<Requirement>),
}
