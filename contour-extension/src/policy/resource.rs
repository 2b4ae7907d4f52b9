//! `ContourExtensionPolicy`, `hachure.dev/v1alpha1`: the filter list of `EnvoyExtensionPolicy`, for
//! Contour.

mod code;
mod status;
mod target;
mod upstream;
mod wasm;

use kube::CustomResource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use code::{Catalog, Code, CodeType};
pub use status::{Ancestor, AncestorRef, Status};
pub use target::{TargetKind, TargetRef};
pub use upstream::{CaKind, CaRef, SchemeName, ServiceRef, Timeouts, Upstream};
pub use wasm::{Placement, Wasm};

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
    /// The servers that the filters may call.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(
        length(max = 16),
        extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"])
    )]
    pub upstreams: Vec<Upstream>,
}
