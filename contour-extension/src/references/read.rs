//! From an object as the API server has it to what counts of it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kube::api::DynamicObject;
use serde_json::Value;

use crate::references::{Found, Service, What};

pub(super) fn found(what: &What, object: Option<&DynamicObject>) -> Found {
    let Some(object) = object else {
        return Found::Nothing;
    };
    match what {
        What::Service => Found::Service(service(&object.data)),
        What::ConfigMap(key) => {
            let text = member(&object.data, "data", key);
            let bytes = text.map(|text| text.to_owned().into_bytes());
            let binary = || decoded(member(&object.data, "binaryData", key)?);
            value(bytes.or_else(binary))
        }
        What::Secret(key) => value(member(&object.data, "data", key).and_then(decoded)),
    }
}

fn value(bytes: Option<Vec<u8>>) -> Found {
    bytes.map_or(Found::NoKey, |bytes| Found::Value(bytes.into()))
}

fn member<'o>(object: &'o Value, map: &str, key: &str) -> Option<&'o str> {
    object.get(map)?.get(key)?.as_str()
}

fn decoded(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

fn service(object: &Value) -> Service {
    let spec = object.get("spec").unwrap_or(&Value::Null);
    let ports = spec.get("ports").and_then(Value::as_array);
    let ports = ports.into_iter().flatten().filter_map(|port| {
        let protocol = port.get("protocol").and_then(Value::as_str);
        let port = port.get("port").and_then(Value::as_u64)?;
        protocol
            .is_none_or(|protocol| protocol == "TCP")
            .then_some(port)
    });
    let text = |name: &str| spec.get(name).and_then(Value::as_str);
    Service {
        // `None` where it is headless.
        address: text("clusterIP").and_then(|address| address.parse().ok()),
        external: text("type") == Some("ExternalName"),
        ports: ports.filter_map(|port| u16::try_from(port).ok()).collect(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(data: Value) -> DynamicObject {
        let mut object = json!({"metadata": {"namespace": "shop", "name": "x"}});
        for (name, value) in data.as_object().unwrap() {
            object[name] = value.clone();
        }
        serde_json::from_value(object).unwrap()
    }

    #[test]
    fn a_service_is_its_address_and_its_tcp_ports() {
        let read = |spec: Value| found(&What::Service, Some(&object(json!({"spec": spec}))));
        let ports =
            json!([{"port": 80}, {"port": 53, "protocol": "UDP"}, {"port": 81, "protocol": "TCP"}]);
        let expected = Service {
            address: Some([10, 96, 0, 1].into()),
            external: false,
            ports: [80, 81].into(),
        };
        let service = read(json!({"clusterIP": "10.96.0.1", "ports": ports, "type": "ClusterIP"}));
        assert_eq!(service, Found::Service(expected));
        let headless = read(json!({"clusterIP": "None"}));
        assert_eq!(headless, Found::Service(Service::default()));
        let external = read(json!({"type": "ExternalName", "externalName": "localhost"}));
        let expected = Service {
            external: true,
            ..Service::default()
        };
        assert_eq!(external, Found::Service(expected));
        assert_eq!(found(&What::Service, None), Found::Nothing);
    }

    #[test]
    fn of_an_object_only_the_key_counts() {
        let map = object(json!({"data": {"ca.crt": "PEM"}, "binaryData": {"other": "UEVN"}}));
        let read = |key: &str| found(&What::ConfigMap(key.into()), Some(&map));
        assert_eq!(read("ca.crt"), Found::Value("PEM".into()));
        assert_eq!(read("other"), Found::Value("PEM".into()));
        assert_eq!(read("none"), Found::NoKey);
        let secret = object(json!({"data": {"ca.crt": "UEVN", "tls.key": "c2VjcmV0"}}));
        let read = |key: &str| found(&What::Secret(key.into()), Some(&secret));
        assert_eq!(read("ca.crt"), Found::Value("PEM".into()));
        assert_eq!(read("none"), Found::NoKey);
    }
}
