//! Upstreams.

use std::net::IpAddr;

use serde_json::{Map, Value, json};

use crate::Tls;

/// The protocol that an upstream speaks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Protocol {
    /// HTTP/1.1.
    #[default]
    Http1,
    /// HTTP/2, known beforehand.
    Http2,
}

/// An upstream: Envoy's cluster.
#[derive(Debug, Clone)]
pub struct Cluster {
    name: String,
    host: String,
    port: u16,
    protocol: Protocol,
    http1_trailers: bool,
    tls: Option<Tls>,
    fields: Map<String, Value>,
}

impl Cluster {
    /// A cluster of one endpoint; `host` is an address or a name that DNS knows.
    pub fn new(name: impl Into<String>, host: impl Into<String>, port: u16) -> Self {
        Self {
            name: name.into(),
            host: host.into(),
            port,
            protocol: Protocol::default(),
            http1_trailers: false,
            tls: None,
            fields: Map::new(),
        }
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

    /// Speaks TLS, to whom `tls` trusts alone.
    pub fn tls(mut self, tls: Tls) -> Self {
        self.tls = Some(tls);
        self
    }

    /// Sets a field of `envoy.config.cluster.v3.Cluster`.
    pub fn field(mut self, name: &str, value: Value) -> Self {
        self.fields.insert(name.to_owned(), value);
        self
    }

    /// `envoy.config.cluster.v3.Cluster`.
    pub fn to_json(&self) -> Value {
        let address = json!({"address": self.host, "port_value": self.port});
        let endpoint = json!({"endpoint": {"address": {"socket_address": address}}});
        let resolved = self.host.parse::<IpAddr>().is_ok();
        let mut cluster = json!({
            "name": self.name,
            "type": if resolved { "STATIC" } else { "STRICT_DNS" },
            "connect_timeout": "5s",
            "load_assignment": {
                "cluster_name": self.name,
                "endpoints": [{"lb_endpoints": [endpoint]}],
            },
        });
        if let Value::Object(object) = &mut cluster {
            if let Some(protocol) = self.explicit_protocol() {
                object.insert(
                    "typed_extension_protocol_options".into(),
                    options(&protocol),
                );
            }
            if let Some(tls) = &self.tls {
                object.insert("transport_socket".into(), tls.to_json(self.protocol));
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
        for (host, kind) in [
            ("127.0.0.1", "STATIC"),
            ("::1", "STATIC"),
            ("orders.internal", "STRICT_DNS"),
        ] {
            assert_eq!(Cluster::new("a", host, 80).to_json()["type"], kind);
        }
    }

    #[test]
    fn fields_are_laid_over() {
        let json = Cluster::new("a", "::1", 80)
            .field("connect_timeout", json!("1s"))
            .to_json();
        assert_eq!(json["connect_timeout"], "1s");
    }
}
