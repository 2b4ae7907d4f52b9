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
    http1_trailers: bool,
    fields: Map<String, Value>,
}

impl Cluster {
    /// A cluster of one endpoint; `host` is an address or a name that DNS knows.
    pub fn new(name: impl Into<String>, host: impl Into<String>, port: u16) -> Self {
        Self {
            name: name.into(),
            endpoints: vec![(host.into(), port)],
            protocol: Protocol::default(),
            http1_trailers: false,
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

    /// Passes trailers on in HTTP/1.1, where Envoy drops them otherwise.
    pub fn http1_trailers(mut self) -> Self {
        self.http1_trailers = true;
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
            if let Some(protocol) = self.explicit_protocol() {
                object.insert(
                    "typed_extension_protocol_options".into(),
                    options(&protocol),
                );
            }
            object.extend(self.fields.clone());
        }
        cluster
    }

    /// What has to be said of the protocol: Envoy speaks HTTP/1.1 without a word.
    fn explicit_protocol(&self) -> Option<Value> {
        match self.protocol {
            Protocol::Http2 => Some(json!({"http2_protocol_options": {}})),
            Protocol::Http1 if self.http1_trailers => {
                Some(json!({"http_protocol_options": {"enable_trailers": true}}))
            }
            Protocol::Http1 => None,
        }
    }
}

fn endpoint(host: &str, port: u16) -> Value {
    json!({"endpoint": {"address": {"socket_address": {"address": host, "port_value": port}}}})
}

fn options(protocol: &Value) -> Value {
    const OPTIONS: &str = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";
    json!({
        OPTIONS: {
            "@type": format!("type.googleapis.com/{OPTIONS}"),
            "explicit_http_config": protocol,
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
