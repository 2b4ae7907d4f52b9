//! Where modules come from: the fields of Envoy Gateway's `EnvoyExtensionPolicy`, and `Catalog`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where a module comes from.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-kubernetes-validations" = [
    {"rule": "(self.type == 'HTTP') == has(self.http)", "message": "`http` goes with the type HTTP"},
    {"rule": "(self.type == 'Image') == has(self.image)", "message": "`image` goes with the type Image"},
    {"rule": "(self.type == 'Catalog') == has(self.catalog)", "message": "`catalog` goes with the type Catalog"},
]))]
pub struct Code {
    /// The kind of source.
    #[serde(rename = "type")]
    pub kind: CodeType,
    /// A filter of the catalogue that this add-on carries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub catalog: Option<Catalog>,
    /// A file of a web server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http: Option<Http>,
    /// An image of an OCI registry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<Image>,
    /// When a module is fetched again that is not pinned by `sha256`. By default `IfNotPresent`, and
    /// `Always` for an image with the tag `latest`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pull_policy: Option<PullPolicy>,
}

/// A kind of source of modules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub enum CodeType {
    /// The catalogue that this add-on carries.
    Catalog,
    /// A file of a web server.
    HTTP,
    /// An image of an OCI registry.
    Image,
}

/// When a module is fetched again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub enum PullPolicy {
    /// Never, once it is there.
    IfNotPresent,
    /// For each generation of the policy.
    Always,
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

/// A file of a web server.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Http {
    /// Its URL, `https`, or `http` with `sha256`.
    #[schemars(length(min = 1, max = 2048))]
    pub url: String,
    /// The digest of the module: 64 hexadecimal digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 64, max = 64))]
    pub sha256: Option<String>,
    /// Whom to trust. By default the authorities of the system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<Tls>,
}

/// An image of an OCI registry.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Image {
    /// Its name: `registry/repository:tag`, or `registry/repository@sha256:digest`.
    #[schemars(length(min = 1, max = 2048))]
    pub url: String,
    /// The digest of the image's manifest: 64 hexadecimal digits. With it, it does not count what
    /// the tag is on now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 64, max = 64))]
    pub sha256: Option<String>,
    /// A Secret of the type `kubernetes.io/dockerconfigjson`, in the policy's namespace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pull_secret_ref: Option<ObjectRef>,
    /// Whom to trust. By default the authorities of the system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<Tls>,
}

/// Whom to trust.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Tls {
    /// A ConfigMap or Secret in the policy's namespace with certificates under `ca.crt`: no others
    /// are trusted then.
    pub ca_certificate_ref: ObjectRef,
}

/// An object of the policy's namespace.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ObjectRef {
    /// The group: the core one, which has no name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// The kind, by default `Secret`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The name.
    #[schemars(length(min = 1, max = 253))]
    pub name: String,
    /// The policy's own, where it is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
}
