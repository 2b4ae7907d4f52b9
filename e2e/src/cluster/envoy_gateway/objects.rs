//! Objects of Gateway API and of Envoy Gateway as tests write them.

use std::net::SocketAddr;

use serde_json::{Value, json};

/// The name by which GatewayClasses name Envoy Gateway.
pub const CONTROLLER: &str = "gateway.envoyproxy.io/gatewayclass-controller";
/// The version of its resources.
const VERSION: &str = "gateway.envoyproxy.io/v1alpha1";
/// The class of every Gateway here.
const CLASS: &str = "envoy";

/// The class, with what its Envoys have in common: `spec` of an EnvoyProxy.
pub fn class(namespace: &str, spec: &Value) -> [Value; 2] {
    let parameters = json!({
        "group": "gateway.envoyproxy.io", "kind": "EnvoyProxy",
        "namespace": namespace, "name": CLASS,
    });
    let proxy = json!({
        "apiVersion": VERSION, "kind": "EnvoyProxy",
        "metadata": {"namespace": namespace, "name": CLASS},
        "spec": spec,
    });
    let class = json!({
        "apiVersion": "gateway.networking.k8s.io/v1", "kind": "GatewayClass",
        "metadata": {"name": CLASS},
        "spec": {"controllerName": CONTROLLER, "parametersRef": parameters},
    });
    [proxy, class]
}

/// A Gateway with a listener for plain HTTP on port 80.
pub fn gateway(namespace: &str, name: &str) -> Value {
    json!({
        "apiVersion": "gateway.networking.k8s.io/v1", "kind": "Gateway",
        "metadata": {"namespace": namespace, "name": name},
        "spec": {
            "gatewayClassName": CLASS,
            "listeners": [{"name": "http", "protocol": "HTTP", "port": 80}],
        },
    })
}

/// A reference to port 80 of a Service of the same namespace.
pub fn to_service(name: &str) -> Value {
    json!({"name": name, "port": 80})
}

/// A reference to a Backend of the same namespace.
pub fn to_backend(name: &str) -> Value {
    json!({"group": "gateway.envoyproxy.io", "kind": "Backend", "name": name})
}

/// An HTTPRoute of one host, whose one rule sends everything there.
pub fn http_route(namespace: &str, name: &str, gateway: &str, host: &str, to: &Value) -> Value {
    json!({
        "apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute",
        "metadata": {"namespace": namespace, "name": name},
        "spec": {
            "parentRefs": [{"name": gateway}],
            "hostnames": [host],
            "rules": [{"backendRefs": [to]}],
        },
    })
}

/// A Backend at an address.
pub fn backend(namespace: &str, name: &str, address: SocketAddr) -> Value {
    let ip = json!({"address": address.ip().to_string(), "port": address.port()});
    json!({
        "apiVersion": VERSION, "kind": "Backend",
        "metadata": {"namespace": namespace, "name": name},
        "spec": {"endpoints": [{"ip": ip}]},
    })
}

/// A policy of Envoy Gateway of that kind for an object of the same namespace.
pub fn policy(kind: &str, namespace: &str, name: &str, target: &Target, spec: Value) -> Value {
    let mut policy = json!({
        "apiVersion": VERSION, "kind": kind,
        "metadata": {"namespace": namespace, "name": name},
        "spec": spec,
    });
    policy["spec"]["targetRefs"] = json!([{
        "group": "gateway.networking.k8s.io", "kind": target.kind, "name": target.name,
    }]);
    policy
}

/// What a policy is for.
pub struct Target<'a> {
    kind: &'static str,
    name: &'a str,
}

impl<'a> Target<'a> {
    /// An HTTPRoute.
    pub fn route(name: &'a str) -> Self {
        Self {
            kind: "HTTPRoute",
            name,
        }
    }

    /// A Gateway.
    pub fn gateway(name: &'a str) -> Self {
        Self {
            kind: "Gateway",
            name,
        }
    }
}
