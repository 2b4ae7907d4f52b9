//! What is done with a good token: `claimsToHeaders` and `consumer`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::ClaimPath;

/// A claim that the upstream gets as a header.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ClaimHeader {
    /// The claim. Texts, numbers and truth values are written as they are, lists and objects as
    /// JSON. Where a token lacks it there is no header.
    pub claim: ClaimPath,
    /// The header.
    #[cfg_attr(feature = "schema", schemars(extend("examples" = ["x-user-email"])))]
    pub header: String,
    /// How the value is written.
    #[serde(default)]
    pub encoding: ClaimEncoding,
}

/// How a claim is written in a header.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum ClaimEncoding {
    /// As it is. A request whose value is not printable ASCII is refused (403).
    #[default]
    Plain,
    /// As base64url without padding, whatever it holds.
    Base64url,
}

/// Which claims say who the consumer is. Later filters and access logs read it from filter state.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ConsumerClaims {
    /// Its name, by default `sub`. A request whose token lacks it has no consumer.
    pub name: Option<ClaimPath>,
    /// An identifier that outlives a change of the name.
    pub id: Option<ClaimPath>,
    /// Labels, as a plan that `quota` looks at: each by its name, from a claim.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(extend("examples" = [{"plan": "https://acme.example/plan"}])))]
    pub labels: BTreeMap<String, ClaimPath>,
    /// A header in which the upstream gets the name. It is removed from every request first.
    #[cfg_attr(feature = "schema", schemars(extend("examples" = ["x-consumer"])))]
    pub header: Option<String>,
    /// A header in which the upstream gets the identifier. It is removed from every request first.
    #[cfg_attr(feature = "schema", schemars(extend("examples" = ["x-consumer-id"])))]
    pub id_header: Option<String>,
}
