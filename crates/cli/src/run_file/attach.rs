//! What a gateway attaches the filters to.

use hachure_render::Kind;
use serde::Deserialize;

/// The object that attaches the filters, and its targets.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Attach {
    /// The name of the object.
    pub(crate) name: String,
    /// The namespace of the object and of its targets.
    pub(crate) namespace: String,
    /// What the filters are attached to.
    pub(crate) targets: Vec<Target>,
    /// Where gateways fetch modules.
    pub(crate) modules: Option<Modules>,
}

/// An object whose requests go through the filters.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Target {
    pub(crate) kind: TargetKind,
    pub(crate) name: String,
    /// A listener of a Gateway, or a rule of a route.
    pub(crate) section_name: Option<String>,
}

/// Where gateways fetch modules.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) enum Modules {
    /// The URL of a folder with `<filter>.wasm` in it.
    Http(String),
}

/// The kind of a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(crate) enum TargetKind {
    Gateway,
    #[serde(rename = "HTTPRoute")]
    HttpRoute,
    #[serde(rename = "GRPCRoute")]
    GrpcRoute,
    #[serde(rename = "HTTPProxy")]
    HttpProxy,
    Ingress,
    Service,
}

impl From<TargetKind> for Kind {
    fn from(kind: TargetKind) -> Self {
        match kind {
            TargetKind::Gateway => Self::Gateway,
            TargetKind::HttpRoute => Self::HttpRoute,
            TargetKind::GrpcRoute => Self::GrpcRoute,
            TargetKind::HttpProxy => Self::HttpProxy,
            TargetKind::Ingress => Self::Ingress,
            TargetKind::Service => Self::Service,
        }
    }
}

impl Modules {
    /// Where the module of a filter is.
    pub(crate) fn url(&self, filter: &str) -> String {
        match self {
            Self::Http(folder) => format!("{}/{filter}.wasm", folder.trim_end_matches('/')),
        }
    }
}
