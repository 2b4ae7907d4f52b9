//! What is told of a policy.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What has become of a policy, for each of its targets (Gateway API, GEP-713).
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    /// One entry a target.
    #[serde(default)]
    pub ancestors: Vec<Ancestor>,
}

/// What has become of a policy for one target.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Ancestor {
    /// The target.
    pub ancestor_ref: AncestorRef,
    /// Who says so.
    pub controller_name: String,
    /// `Accepted`: the object is right. `ResolvedRefs`: what it refers to is there. `Programmed`: every connected Envoy has taken it.
    pub conditions: Vec<Condition>,
}

/// A target of a policy.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AncestorRef {
    /// The group.
    pub group: String,
    /// The kind.
    pub kind: String,
    /// The namespace.
    pub namespace: String,
    /// The name.
    pub name: String,
}
