//! What a policy is for.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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
