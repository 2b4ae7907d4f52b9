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

pub use code::{Catalog, Code, CodeType, Http, Image, ObjectRef, PullPolicy, Tls};
pub use status::{Ancestor, AncestorRef, LastGood, Status};
pub use target::{TargetKind, TargetRef, TargetSelector};
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
#[schemars(extend("x-kubernetes-validations" = [{
    "rule": "(has(self.targetRefs) && size(self.targetRefs) > 0) || \
             (has(self.targetSelectors) && size(self.targetSelectors) > 0)",
    "message": "targetRefs or targetSelectors is needed",
}, {
    "rule": "self.wasm.all(a, self.wasm.exists_one(b, b.name == a.name))",
    "message": "the names of filters are unique",
    "fieldPath": ".wasm",
}]))]
pub struct ContourExtensionPolicySpec {
    /// The objects by their names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16))]
    pub target_refs: Vec<TargetRef>,
    /// The objects by their labels.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16))]
    pub target_selectors: Vec<TargetSelector>,
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
    /// The filters stand in front of those of policies with a more specific target, which then do
    /// not replace this one. Only where the add-on takes the namespace for one of the platform's.
    #[serde(default)]
    pub enforced: bool,
    /// The filters run on routes that only redirect too.
    #[serde(default)]
    pub include_redirects: bool,
}
