//! From objects as the API server has them to the fields that count.

use kube::api::DynamicObject;
use serde_json::Value;

use crate::objects::{Gateway, Labels, Listener, Proxy};

pub(super) fn labels(object: &DynamicObject) -> Labels {
    object.metadata.labels.clone().unwrap_or_default()
}

pub(super) fn proxy(object: &DynamicObject) -> Proxy {
    let spec = object.data.get("spec").unwrap_or(&Value::Null);
    let has = |name: &str| {
        let list = spec.get(name).and_then(Value::as_array);
        list.is_some_and(|list| !list.is_empty())
    };
    Proxy {
        labels: labels(object),
        host: text(spec, "/virtualhost/fqdn"),
        routes: has("routes"),
        includes: has("includes"),
        tcp: spec.get("tcpproxy").is_some_and(Value::is_object),
    }
}

pub(super) fn gateway(object: &DynamicObject) -> Gateway {
    let listeners = object.data.pointer("/spec/listeners");
    let listeners = listeners.and_then(Value::as_array).into_iter().flatten();
    let listeners = listeners.filter_map(|listener| {
        let port = listener.get("port").and_then(Value::as_u64)?;
        let read = Listener {
            port: u16::try_from(port).ok()?,
            protocol: text(listener, "/protocol")?,
            host: text(listener, "/hostname"),
        };
        Some((text(listener, "/name")?, read))
    });
    Gateway {
        labels: labels(object),
        listeners: listeners.collect(),
    }
}

/// An empty text is none, as in Kubernetes.
fn text(value: &Value, pointer: &str) -> Option<String> {
    let text = value.pointer(pointer)?.as_str()?;
    Some(text.to_owned()).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;

    fn object(spec: Value) -> DynamicObject {
        let metadata = json!({"namespace": "shop", "name": "x", "labels": {"team": "a"}});
        serde_json::from_value(json!({"metadata": metadata, "spec": spec})).unwrap()
    }

    #[test]
    fn a_proxy_is_read() {
        let root = proxy(&object(json!({
            "virtualhost": {"fqdn": "shop.example.com"},
            "includes": [{"name": "orders"}], "routes": [],
        })));
        let expected = Proxy {
            labels: Labels::from([("team".into(), "a".into())]),
            host: Some("shop.example.com".into()),
            includes: true,
            ..Proxy::default()
        };
        assert_eq!(root, expected);
        let tcp = proxy(&object(json!({"tcpproxy": {"services": []}})));
        assert!(tcp.tcp && tcp.host.is_none() && !tcp.routes && !tcp.includes);
    }

    #[test]
    fn a_gateway_is_read() {
        let gateway = gateway(&object(json!({"listeners": [
            {"name": "web", "port": 80, "protocol": "HTTP"},
            {"name": "shop", "port": 443, "protocol": "HTTPS", "hostname": "shop.example.com"},
            {"name": "odd", "port": 100_000, "protocol": "HTTP"},
        ]})));
        let listener = |port, protocol: &str, host: Option<&str>| Listener {
            port,
            protocol: protocol.into(),
            host: host.map(Into::into),
        };
        let expected = BTreeMap::from([
            ("web".to_owned(), listener(80, "HTTP", None)),
            (
                "shop".to_owned(),
                listener(443, "HTTPS", Some("shop.example.com")),
            ),
        ]);
        assert_eq!(gateway.listeners, expected);
    }
}
