//! Kubernetes objects as tests write them.

use std::net::{Ipv4Addr, SocketAddrV4};

use serde_json::{Value, json};

use crate::services::Identity;

/// The objects of a text of YAML documents, read as kubectl reads them.
pub fn documents(text: &str) -> Vec<Value> {
    let documents = hachure_yaml::parse_all(text).expect("YAML");
    documents
        .into_iter()
        .map(|document| document.value)
        .collect()
}

/// A namespace.
pub fn namespace(name: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
}

/// A Service of one port and the EndpointSlice with what stands behind it.
pub fn service(namespace: &str, name: &str, address: Ipv4Addr, port: u16) -> [Value; 2] {
    let metadata = json!({"namespace": namespace, "name": name});
    let service = json!({
        "apiVersion": "v1", "kind": "Service", "metadata": metadata,
        "spec": {"ports": [{"name": "http", "port": 80, "targetPort": port}]},
    });
    let labels = json!({"kubernetes.io/service-name": name});
    let slice = json!({
        "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
        "metadata": {"namespace": namespace, "name": name, "labels": labels},
        "addressType": "IPv4",
        "endpoints": [{"addresses": [address], "conditions": {"ready": true}}],
        "ports": [{"name": "http", "port": port}],
    });
    [service, slice]
}

/// A Service with a cluster IP and a port, for which nothing but its address is looked up.
pub fn cluster_ip(namespace: &str, name: &str, at: SocketAddrV4) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Service",
        "metadata": {"namespace": namespace, "name": name},
        "spec": {"clusterIP": at.ip(), "ports": [{"name": "main", "port": at.port()}]},
    })
}

/// A ConfigMap with one key.
pub fn config_map(namespace: &str, name: &str, key: &str, text: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"namespace": namespace, "name": name},
        "data": {key: text},
    })
}

/// A Secret with a server's certificate and key.
pub fn tls_secret(namespace: &str, name: &str, identity: &Identity) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/tls",
        "metadata": {"namespace": namespace, "name": name},
        "stringData": {"tls.crt": identity.certificate, "tls.key": identity.key},
    })
}

/// An HTTPProxy that sends everything for `host` to port 80 of a Service.
pub fn http_proxy(namespace: &str, name: &str, host: &str, service: &str) -> Value {
    json!({
        "apiVersion": "projectcontour.io/v1", "kind": "HTTPProxy",
        "metadata": {"namespace": namespace, "name": name},
        "spec": {
            "virtualhost": {"fqdn": host},
            "routes": [{"services": [{"name": service, "port": 80}]}],
        },
    })
}

/// An Ingress that sends everything for `host` to port 80 of a Service.
pub fn ingress(namespace: &str, name: &str, host: &str, service: &str) -> Value {
    let backend = json!({"service": {"name": service, "port": {"number": 80}}});
    json!({
        "apiVersion": "networking.k8s.io/v1", "kind": "Ingress",
        "metadata": {"namespace": namespace, "name": name},
        "spec": {"rules": [{
            "host": host,
            "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]},
        }]},
    })
}
