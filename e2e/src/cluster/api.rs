//! The API server's HTTP interface, as much of it as a test needs.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use ureq::Agent;
use ureq::http::{Request, StatusCode};
use ureq::tls::{Certificate, RootCerts, TlsConfig, TlsProvider};

const TIMEOUT: Duration = Duration::from_secs(20);
/// Server-side apply, by an owner that may take over what others have set.
const APPLY: &str = "fieldManager=test&force=true";
const APPLY_TYPE: &str = "application/apply-patch+yaml";

/// A change that names only what is new (RFC 7386).
const MERGE: &str = "application/merge-patch+json";
const JSON: &str = "application/json";

/// One user of one API server.
#[derive(Clone)]
pub(super) struct Api {
    agent: Agent,
    base: String,
    token: String,
}

impl Api {
    pub(super) fn new(port: u16, token: &str, authority: &str) -> Self {
        let root = Certificate::from_pem(authority.as_bytes()).expect("the authority");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = TlsConfig::builder()
            .provider(TlsProvider::Rustls)
            .unversioned_rustls_crypto_provider(provider)
            .root_certs(RootCerts::from(vec![root].into_iter()))
            .build();
        let agent = Agent::config_builder()
            .timeout_global(Some(TIMEOUT))
            .http_status_as_error(false)
            .proxy(None)
            .tls_config(tls)
            .build()
            .into();
        Self {
            agent,
            base: format!("https://127.0.0.1:{port}"),
            token: token.to_owned(),
        }
    }

    pub(super) fn is_ready(&self) -> bool {
        let answer = self.ask("GET", "/readyz", APPLY_TYPE, None);
        answer.is_ok_and(|(status, _)| status.is_success())
    }

    pub(super) fn apply(&self, object: &Value) -> Result<Value, String> {
        let path = format!("{}?{APPLY}", path(object));
        self.json("PATCH", &path, APPLY_TYPE, Some(object))
    }

    /// Creates what is not there yet, so that admission sees all of it.
    pub(super) fn create(&self, object: &Value) -> Result<Value, String> {
        let path = path(object);
        let (collection, _) = path.rsplit_once('/').expect("a collection");
        self.json("POST", collection, JSON, Some(object))
    }

    /// Asks a subresource of an object, which is named by kind and name.
    pub(super) fn post(&self, object: &Value, part: &str, body: &Value) -> Result<Value, String> {
        let path = format!("{}/{part}", path(object));
        self.json("POST", &path, JSON, Some(body))
    }

    /// Changes an object's status.
    pub(super) fn tell(&self, object: &Value, status: &Value) -> Result<Value, String> {
        let path = format!("{}/status", path(object));
        let body = serde_json::json!({ "status": status });
        self.json("PATCH", &path, MERGE, Some(&body))
    }

    /// All objects of a kind, in all namespaces. The items name neither their kind nor its version.
    pub(super) fn all(&self, version: &str, kind: &str) -> Result<Vec<Value>, String> {
        let root = if version.contains('/') { "apis" } else { "api" };
        let path = format!("/{root}/{version}/{}", plural(kind));
        let mut list = self.json("GET", &path, JSON, None)?;
        match list.get_mut("items").map(Value::take) {
            Some(Value::Array(items)) => Ok(items),
            _ => Ok(vec![]),
        }
    }

    /// Deletes an object at once, whatever time it might have.
    pub(super) fn delete_now(&self, object: &Value) -> Result<Value, String> {
        let path = format!("{}?gracePeriodSeconds=0", path(object));
        self.json("DELETE", &path, JSON, None)
    }

    pub(super) fn list(&self, path: &str) -> Result<Value, String> {
        self.json("GET", path, JSON, None)
    }

    pub(super) fn get(&self, object: &Value) -> Result<Value, String> {
        self.json("GET", &path(object), JSON, None)
    }

    pub(super) fn delete(&self, object: &Value) -> Result<Value, String> {
        self.json("DELETE", &path(object), JSON, None)
    }

    fn json(
        &self,
        method: &str,
        path: &str,
        content_type: &str,
        body: Option<&Value>,
    ) -> Result<Value, String> {
        let (status, text) = self.ask(method, path, content_type, body)?;
        if !status.is_success() {
            return Err(format!("{method} {path} answers {status}: {text}"));
        }
        serde_json::from_str(&text).map_err(|why| format!("{method} {path}: {why}"))
    }

    fn ask(
        &self,
        method: &str,
        path: &str,
        content_type: &str,
        body: Option<&Value>,
    ) -> Result<(StatusCode, String), String> {
        let request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.base))
            .header("authorization", format!("Bearer {}", self.token))
            .header("content-type", content_type);
        let body = body.map(Value::to_string).unwrap_or_default();
        let request = request.body(body).map_err(|why| why.to_string())?;
        let answer = self.agent.run(request);
        let mut answer = answer.map_err(|why| format!("{method} {path}: {why}"))?;
        let text = answer.body_mut().read_to_string();
        Ok((answer.status(), text.map_err(|why| why.to_string())?))
    }
}

/// Where the API server has an object, by its group, version, kind, namespace and name.
fn path(object: &Value) -> String {
    let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str);
    let version = text("/apiVersion").expect("apiVersion");
    let kind = text("/kind").expect("kind");
    let name = text("/metadata/name").expect("a name");
    let root = if version.contains('/') { "apis" } else { "api" };
    let within = text("/metadata/namespace");
    let within = within.map_or(String::new(), |name| format!("namespaces/{name}/"));
    format!("/{root}/{version}/{within}{}/{name}", plural(kind))
}

/// How a kind stands in a path.
fn plural(kind: &str) -> String {
    let kind = kind.to_lowercase();
    match kind.strip_suffix('y') {
        Some(start) if !start.ends_with('a') => format!("{start}ies"),
        _ if kind.ends_with(['s', 'x']) => format!("{kind}es"),
        _ => format!("{kind}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_in_paths() {
        for (kind, expected) in [
            ("Service", "services"),
            ("Ingress", "ingresses"),
            ("HTTPProxy", "httpproxies"),
            ("ContourExtensionPolicy", "contourextensionpolicies"),
            ("Gateway", "gateways"),
            ("EndpointSlice", "endpointslices"),
            ("ClusterRole", "clusterroles"),
        ] {
            assert_eq!(plural(kind), expected);
        }
    }
}
