//! The objects of a batch of cases.

use std::net::SocketAddr;
use std::path::Path;

use hachure_envoy::Protocol;
use serde_json::{Value, json};

use super::super::upstreams::{self, Upstreams};
use super::super::{CaseFile, facts};
use crate::cluster::envoy_gateway::objects::{self, Target};
use crate::services::{ModuleServer, module_digest};

/// The namespace of all cases.
pub(super) const NAMESPACE: &str = "cases";
/// How the names of Gateways begin.
pub(super) const GATEWAY: &str = "cases";
/// The port of the first case.
const FIRST_PORT: u16 = 21000;

/// A listener for a case, or for those of its steps that Envoy answers with a status.
pub(super) struct Slot {
    pub(super) name: String,
    pub(super) port: u16,
    file: CaseFile,
    local: Option<u16>,
}

/// The name of everything of a case.
pub(super) fn name(file: &CaseFile, local: Option<u16>) -> String {
    match local {
        Some(status) => format!("{}-local-{status}", file.instance()),
        None => file.instance(),
    }
}

/// The listeners that cases need.
pub(super) fn slots(files: &[CaseFile]) -> Vec<Slot> {
    let mut slots = vec![];
    for file in files {
        let locals = file.locals();
        for local in locals {
            let port = FIRST_PORT + u16::try_from(slots.len()).expect("few listeners");
            slots.push(Slot {
                name: name(file, local),
                port,
                file: file.clone(),
                local,
            });
        }
    }
    slots
}

impl Slot {
    /// Whether its config is one.
    pub(super) fn is_good(&self) -> bool {
        self.file.case.config_error.is_none()
    }

    /// Its route and policy, and what the route names.
    pub(super) fn objects(&self, gateway: &str, modules: &ModuleServer) -> Vec<Value> {
        let mut route = json!({
            "apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute",
            "metadata": {"namespace": NAMESPACE, "name": self.name},
            "spec": {
                "parentRefs": [{"name": gateway, "sectionName": self.name}],
                "rules": [{"backendRefs": [objects::to_backend(gateway)]}],
            },
        });
        let mut all = vec![];
        if let Some(status) = self.local {
            let group = "gateway.envoyproxy.io";
            let answer = json!({"group": group, "kind": "HTTPRouteFilter", "name": self.name});
            let filter = json!({"type": "ExtensionRef", "extensionRef": answer});
            route["spec"]["rules"] = json!([{"filters": [filter]}]);
            all.push(json!({
                "apiVersion": "gateway.envoyproxy.io/v1alpha1", "kind": "HTTPRouteFilter",
                "metadata": {"namespace": NAMESPACE, "name": self.name},
                "spec": {"directResponse": {"statusCode": status}},
            }));
        }
        let file = &self.file;
        let config = upstreams::config(file, |name| cluster(file, name));
        let mut wasm = vec![];
        if let Some(facts) = facts::config(&file.case) {
            wasm.push(entry("facts", &facts, modules));
        }
        wasm.push(entry(&file.filter, &config, modules));
        let target = Target::route(&self.name);
        let spec = json!({"wasm": wasm});
        let kind = "EnvoyExtensionPolicy";
        all.push(objects::policy(kind, NAMESPACE, &self.name, &target, spec));
        all.push(route);
        all
    }
}

fn entry(filter: &str, config: &Value, modules: &ModuleServer) -> Value {
    let http = json!({"url": modules.url(filter), "sha256": module_digest(filter)});
    json!({
        "name": filter,
        "rootID": filter,
        "code": {"type": "HTTP", "http": http},
        "config": config,
        "failOpen": false,
    })
}

/// The route for the upstreams of a case's filter, a rule for each, by which Envoy Gateway names the
/// clusters.
pub(super) fn upstreams(file: &CaseFile, gateway: &str, upstreams: &Upstreams) -> Vec<Value> {
    let names = upstreams::names(&file.case);
    if names.is_empty() {
        return vec![];
    }
    let route = route_to_upstreams(file);
    let host = format!("{route}.upstreams.internal");
    let called = |i: usize| format!("{route}-{i}");
    let rules = (0..names.len()).map(|i| {
        let matches = json!([{"path": {"type": "PathPrefix", "value": format!("/{i}")}}]);
        json!({"matches": matches, "backendRefs": [objects::to_backend(&called(i))]})
    });
    let mut all: Vec<_> = names
        .iter()
        .enumerate()
        .map(|(i, name)| {
            let (address, protocol) = upstreams.address(file, name);
            backend(&called(i), address, protocol)
        })
        .collect();
    all.push(json!({
        "apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute",
        "metadata": {"namespace": NAMESPACE, "name": route},
        "spec": {
            "parentRefs": [{"name": gateway, "sectionName": name(file, None)}],
            "hostnames": [host],
            "rules": rules.collect::<Vec<_>>(),
        },
    }));
    all
}

fn route_to_upstreams(file: &CaseFile) -> String {
    format!("to-{}", file.instance())
}

fn cluster(file: &CaseFile, upstream: &str) -> String {
    let names = upstreams::names(&file.case);
    let rule = names.iter().position(|name| *name == upstream);
    let rule = rule.expect("an upstream of the case");
    format!(
        "httproute/{NAMESPACE}/{}/rule/{rule}",
        route_to_upstreams(file)
    )
}

/// A Backend at an address that speaks so.
pub(super) fn backend(name: &str, address: SocketAddr, protocol: Protocol) -> Value {
    let mut backend = objects::backend(NAMESPACE, name, address);
    if protocol == Protocol::Http2 {
        backend["spec"]["appProtocols"] = json!(["gateway.envoyproxy.io/h2c"]);
    }
    backend
}

/// A Gateway with a listener for each of them, and what keeps Envoy's own hand off the messages as
/// far as it lets one.
pub(super) fn gateway(name: &str, slots: &[Slot]) -> [Value; 2] {
    let listener = |slot: &Slot| json!({"name": slot.name, "protocol": "HTTP", "port": slot.port});
    let mut gateway = objects::gateway(NAMESPACE, name);
    gateway["spec"]["listeners"] = slots.iter().map(listener).collect();
    let traffic = json!({
        "proxyProtocol": {},
        "path": {"escapedSlashesAction": "KeepUnchanged", "disableMergeSlashes": true},
        "headers": {"withUnderscoresAction": "Allow", "requestID": "PreserveOrGenerate"},
        "http1": {"enableTrailers": true},
    });
    let target = Target::gateway(name);
    let kind = "ClientTrafficPolicy";
    let traffic = objects::policy(kind, NAMESPACE, name, &target, traffic);
    [traffic, gateway]
}

/// What all Envoys have: one worker, and a line in the access log for each exchange.
pub(super) fn proxy(access_log: &Path, keys: &[String]) -> Value {
    let mut fields = json!({"details": "%RESPONSE_CODE_DETAILS%"});
    for (i, key) in keys.iter().enumerate() {
        fields[format!("s{i}")] = json!(format!("%FILTER_STATE(wasm.{key}:PLAIN)%"));
    }
    let setting = json!({
        "format": {"type": "JSON", "json": fields},
        "sinks": [{"type": "File", "file": {"path": access_log}}],
    });
    json!({"concurrency": 1, "telemetry": {"accessLog": {"settings": [setting]}}})
}
