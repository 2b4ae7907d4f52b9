//! Upstreams.

use std::net::IpAddr;

use serde_json::{Map, Value, json};

/// The protocol that an upstream speaks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Protocol {
    /// HTTP/1.1.
    #[default]
    Http1,
    /// HTTP/2 without TLS, known beforehand.
    Http2,
}

/// An upstream: Envoy's cluster.
#[derive(Debug, Clone)]
pub struct Cluster {
    name: String,
    endpoints: Vec<(String, u16)>,
    protocol: Protocol,
    fields: Map<String, Value>,
}

impl Cluster {
    /// A cluster of one endpoint; `host` is an address or a name that DNS knows.
    pub fn new(name: impl Into<String>, host: impl Into<String>, port: u16) -> Self {
        Self {
            name: name.into(),
            endpoints: vec![(host.into(), port)],
            protocol: Protocol::default(),
            fields: Map::new(),
        }
    }

    /// Adds an endpoint.
    pub fn endpoint(mut self, host: impl Into<String>, port: u16) -> Self {
        self.endpoints.push((host.into(), port));
        self
    }

    /// Sets the protocol; HTTP/1.1 unless set.
    pub fn protocol(mut self, protocol: Protocol) -> Self {
        self.protocol = protocol;
        self
    }

    /// Sets a field of `envoy.config.cluster.v3.Cluster`.
    pub fn field(mut self, name: &str, value: Value) -> Self {
        self.fields.insert(name.to_owned(), value);
        self
    }

    pub(crate) fn to_json(&self) -> Value {
        let addresses = self
            .endpoints
            .iter()
            .all(|(host, _)| host.parse::<IpAddr>().is_ok());
        let endpoints: Vec<_> = self
            .endpoints
            .iter()
            .map(|(host, port)| endpoint(host, *port))
            .collect();
        let mut cluster = json!({
            "name": self.name,
            "type": if addresses { "STATIC" } else { "STRICT_DNS" },
            "connect_timeout": "5s",
            "load_assignment": {
                "cluster_name": self.name,
                "endpoints": [{"lb_endpoints": endpoints}],
            },
        });
        if let Value::Object(object) = &mut cluster {
            if self.protocol == Protocol::Http2 {
                object.insert("typed_extension_protocol_options".into(), http2());
            }
            object.extend(self.fields.clone());
        }
        cluster
    }
}

fn endpoint(host: &str, port: u16) -> Value {
    json!({"endpoint": {"address": {"socket_address": {"address": host, "port_value": port}}}})
}

fn http2() -> Value {
    const OPTIONS: &str = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";
    json!({
        OPTIONS: {
            "@type": format!("type.googleapis.com/{OPTIONS}"),
            "explicit_http_config": {"http2_protocol_options": {}},
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_resolved_and_an_address_is_not() {
        let cluster = Cluster::new("a", "127.0.0.1", 80).endpoint("::1", 81);
        assert_eq!(cluster.to_json()["type"], "STATIC");
        let cluster = cluster.endpoint("orders.internal", 80);
        assert_eq!(cluster.to_json()["type"], "STRICT_DNS");
    }

    #[test]
    fn fields_are_laid_over() {
        let json = Cluster::new("a", "::1", 80)
            .field("connect_timeout", json!("1s"))
            .to_json();
        assert_eq!(json["connect_timeout"], "1s");
    }
}
