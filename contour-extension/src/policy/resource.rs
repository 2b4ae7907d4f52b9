//! `ContourExtensionPolicy`, `hachure.dev/v1alpha1`: the filter list of `EnvoyExtensionPolicy`, for
//! Contour.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube::CustomResource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::splice::Position;

/// Which filters run on the routes of which objects. The objects are in the policy's own namespace.
#[derive(CustomResource, Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[kube(
    group = "hachure.dev",
    version = "v1alpha1",
    kind = "ContourExtensionPolicy",
    plural = "contourextensionpolicies",
    namespaced,
    status = "Status",
    shortname = "cep",
    printcolumn = r#"{"name": "Accepted", "type": "string", "jsonPath": ".status.ancestors[0].conditions[?(@.type==\"Accepted\")].status"}"#,
    printcolumn = r#"{"name": "Programmed", "type": "string", "jsonPath": ".status.ancestors[0].conditions[?(@.type==\"Programmed\")].status"}"#
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ContourExtensionPolicySpec {
    /// The objects.
    #[schemars(length(min = 1, max = 16))]
    pub target_refs: Vec<TargetRef>,
    /// The filters, in the order in which a request meets them.
    #[schemars(length(min = 1, max = 16))]
    pub wasm: Vec<Wasm>,
}

/// An object of which Contour makes routes.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TargetRef {
    /// The API group of the kind.
    pub group: String,
    /// The kind.
    pub kind: TargetKind,
    /// The name.
    #[schemars(length(min = 1, max = 253))]
    pub name: String,
}

/// A kind of objects of which Contour makes routes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub enum TargetKind {
    /// `projectcontour.io`. Only the routes of this very object, not those that it includes.
    HTTPProxy,
    /// `gateway.networking.k8s.io`.
    HTTPRoute,
    /// `gateway.networking.k8s.io`.
    GRPCRoute,
    /// `networking.k8s.io`.
    Ingress,
}

/// One filter.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Wasm {
    /// A name for people, unique in the list.
    #[schemars(length(min = 1, max = 63))]
    pub name: String,
    /// The filter's catalogue name, where it is given: the module refuses another's.
    #[serde(default, rename = "rootID", skip_serializing_if = "Option::is_none")]
    pub root_id: Option<String>,
    /// Where the module comes from.
    pub code: Code,
    /// The filter's config.
    #[serde(default)]
    #[schemars(schema_with = "any_object")]
    pub config: Value,
    /// Whether requests pass where the filter cannot run.
    #[serde(default)]
    pub fail_open: bool,
    /// Where the filter stands among those of Contour's. By default just before the router.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<Placement>,
}

/// Where a module comes from.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Code {
    /// The kind of source.
    #[serde(rename = "type")]
    pub kind: CodeType,
    /// The filter of the catalogue that this add-on carries.
    pub catalog: Catalog,
}

/// A kind of source of modules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub enum CodeType {
    /// The catalogue that this add-on carries.
    Catalog,
}

/// A filter of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Catalog {
    /// Its name.
    pub name: String,
    /// Its version, where another one is to be refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
}

/// Where a filter stands among those of Contour's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Placement {
    /// Behind the check for misdirected requests and before everything else.
    First,
    /// Before what authenticates or asks a rate limit service.
    BeforeAuth,
    /// Just before the router.
    Last,
}

impl From<Placement> for Position {
    fn from(placement: Placement) -> Self {
        match placement {
            Placement::First => Self::First,
            Placement::BeforeAuth => Self::BeforeAuth,
            Placement::Last => Self::Last,
        }
    }
}

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
    /// `Accepted`: the object is right. `Programmed`: every connected Envoy has taken it.
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

impl TargetKind {
    /// The group of the kind.
    pub fn group(self) -> &'static str {
        match self {
            Self::HTTPProxy => "projectcontour.io",
            Self::HTTPRoute | Self::GRPCRoute => "gateway.networking.k8s.io",
            Self::Ingress => "networking.k8s.io",
        }
    }

    /// As Contour names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::HTTPProxy => "HTTPProxy",
            Self::HTTPRoute => "HTTPRoute",
            Self::GRPCRoute => "GRPCRoute",
            Self::Ingress => "Ingress",
        }
    }
}

/// Any object: each filter has a schema of its own.
fn any_object(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({"type": "object", "x-kubernetes-preserve-unknown-fields": true})
}
