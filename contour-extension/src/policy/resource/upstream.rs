//! `upstreams[]`: the servers that filters of a policy may call.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A server that filters of the policy may call, at a `url` or behind a `service`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-kubernetes-validations" = [
    {"rule": "has(self.url) != has(self.service)", "message": "either url or service"},
    {
        "rule": "!has(self.ca) || (has(self.url) && (self.url.startsWith('https://') || \
            self.url.startsWith('grpcs://'))) || (has(self.service) && has(self.service.scheme) && \
            self.service.scheme in ['https', 'grpcs'])",
        "message": "ca is for https and grpcs"
    },
]))]
pub struct Upstream {
    /// The name by which the configs of filters mean it.
    #[schemars(
        length(min = 1, max = 63),
        regex(pattern = r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$")
    )]
    pub name: String,
    /// The scheme, host and port of a server: `http` and `grpc` without TLS, `https` and `grpcs`
    /// with it; `grpc` and `grpcs` speak HTTP/2. With TLS the certificate is verified, and has to be
    /// for the host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(
        length(min = 1, max = 512),
        regex(pattern = r"^(https?|grpcs?)://[^/?#@]+/?$")
    )]
    pub url: Option<String>,
    /// A Service of the policy's namespace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<ServiceRef>,
    /// The authorities whose certificates are trusted. By default those of Envoy's system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca: Option<CaRef>,
    /// How long it may take. How long a call may take is said in the config of the filter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeouts: Option<Timeouts>,
}

/// A port of a Service, which is called by its cluster IP.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ServiceRef {
    /// The Service.
    #[schemars(
        length(min = 1, max = 63),
        regex(pattern = r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$")
    )]
    pub name: String,
    /// A port of it, by number.
    #[schemars(range(min = 1, max = 65535))]
    pub port: i32,
    /// As in `url`. With TLS the certificate has to be for `<name>.<namespace>.svc`.
    #[serde(default)]
    pub scheme: SchemeName,
}

/// How a Service is spoken to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum SchemeName {
    /// HTTP/1.1.
    #[default]
    Http,
    /// HTTP/1.1 over TLS.
    Https,
    /// HTTP/2.
    Grpc,
    /// HTTP/2 over TLS.
    Grpcs,
}

/// Certificates of authorities in the policy's namespace.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CaRef {
    /// The kind of object that holds them.
    pub kind: CaKind,
    /// The object.
    #[schemars(
        length(min = 1, max = 253),
        regex(pattern = r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$")
    )]
    pub name: String,
    /// The key in it: PEM.
    #[serde(default = "ca_crt")]
    #[schemars(length(min = 1, max = 253))]
    pub key: String,
}

/// A kind of object that can hold certificates.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize, Serialize, JsonSchema,
)]
pub enum CaKind {
    /// A ConfigMap.
    ConfigMap,
    /// A Secret.
    Secret,
}

/// How long connections may take.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Timeouts {
    /// Until a connection is made, TLS included: 1ms to 1m, by default 5s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = r"^([0-9]{1,5}(h|m|s|ms)){1,4}$"), length(max = 24))]
    pub connect: Option<String>,
    /// Until a connection that has nothing to do is closed: 1s to 24h, by default 1h.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = r"^([0-9]{1,5}(h|m|s|ms)){1,4}$"), length(max = 24))]
    pub idle: Option<String>,
}

impl SchemeName {
    /// As it stands in a URL.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
            Self::Grpc => "grpc",
            Self::Grpcs => "grpcs",
        }
    }
}

impl CaKind {
    /// As Kubernetes names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::ConfigMap => "ConfigMap",
            Self::Secret => "Secret",
        }
    }
}

fn ca_crt() -> String {
    "ca.crt".to_owned()
}
