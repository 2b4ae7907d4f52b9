//! What a policy is for.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An object of which Contour makes routes, or a Gateway.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-kubernetes-validations" = [{
    "rule": "self.group == (self.kind == 'HTTPProxy' ? 'projectcontour.io' : \
             self.kind == 'Ingress' ? 'networking.k8s.io' : 'gateway.networking.k8s.io')",
    "message": "the group is not that of the kind",
    "fieldPath": ".group",
}]))]
pub struct TargetRef {
    /// The API group of the kind.
    #[schemars(length(max = 253))]
    pub group: String,
    /// The kind.
    pub kind: TargetKind,
    /// The name.
    #[schemars(length(min = 1, max = 253))]
    pub name: String,
    /// A listener of a Gateway.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253))]
    pub section_name: Option<String>,
}

/// Objects that have certain labels.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-kubernetes-validations" = [{
    "rule": "self.group == (self.kind == 'HTTPProxy' ? 'projectcontour.io' : \
             self.kind == 'Ingress' ? 'networking.k8s.io' : 'gateway.networking.k8s.io')",
    "message": "the group is not that of the kind",
    "fieldPath": ".group",
}]))]
pub struct TargetSelector {
    /// The API group of the kind.
    #[schemars(length(max = 253))]
    pub group: String,
    /// The kind.
    pub kind: TargetKind,
    /// The labels, all of which an object has to have.
    #[schemars(extend("minProperties" = 1, "maxProperties" = 16))]
    pub match_labels: BTreeMap<String, String>,
}

/// A kind of objects that policies can be for.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, JsonSchema,
)]
pub enum TargetKind {
    /// `projectcontour.io`. One that is the root of a host covers all that it includes there.
    HTTPProxy,
    /// `gateway.networking.k8s.io`.
    HTTPRoute,
    /// `gateway.networking.k8s.io`.
    GRPCRoute,
    /// `networking.k8s.io`.
    Ingress,
    /// `gateway.networking.k8s.io`. Every route of its listeners, of whatever kind.
    Gateway,
}

impl TargetKind {
    /// The group of the kind.
    pub fn group(self) -> &'static str {
        match self {
            Self::HTTPProxy => "projectcontour.io",
            Self::HTTPRoute | Self::GRPCRoute | Self::Gateway => "gateway.networking.k8s.io",
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
            Self::Gateway => "Gateway",
        }
    }

    /// The group of the kind of that name.
    pub(crate) fn group_of(name: &str) -> &'static str {
        let kinds = [Self::HTTPProxy, Self::HTTPRoute, Self::Ingress];
        let kind = kinds.into_iter().find(|kind| kind.name() == name);
        kind.unwrap_or(Self::Gateway).group()
    }
}
