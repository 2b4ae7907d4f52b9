//! What is told of a policy.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What has become of a policy, for each of its targets (Gateway API, GEP-713).
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    /// One entry a target.
    #[serde(default)]
    pub ancestors: Vec<Ancestor>,
    /// What every Envoy had last, for when a later generation is not accepted or is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_good: Option<LastGood>,
}

/// A generation of a policy that every Envoy has had.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LastGood {
    /// The generation.
    pub generation: i64,
    /// Its spec.
    #[schemars(schema_with = "any_object")]
    pub spec: Value,
}

/// Another version of the definition may have written it.
fn any_object(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({"type": "object", "x-kubernetes-preserve-unknown-fields": true})
}

/// What has become of a policy for one target.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Ancestor {
    /// The target.
    pub ancestor_ref: AncestorRef,
    /// Who says so.
    pub controller_name: String,
    /// `Accepted`: the object is right. `ResolvedRefs`: what it refers to is there. `Programmed`:
    /// every connected Envoy has taken it. `Overridden`: on some routes a more specific policy stands
    /// in its place.
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
    /// The listener of a Gateway.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub section_name: Option<String>,
}
