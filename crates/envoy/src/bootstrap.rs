//! A whole config.

use std::net::TcpListener;

use serde_json::{Map, Value, json};

use crate::{Cluster, Error, Listener, Version};

/// Envoy's bootstrap: listeners, clusters and the admin interface on loopback.
#[derive(Debug, Clone, Default)]
pub struct Bootstrap {
    admin_port: u16,
    listeners: Vec<Listener>,
    clusters: Vec<Cluster>,
    fields: Map<String, Value>,
}

impl Bootstrap {
    /// No listeners and no clusters; the kernel chooses the admin port.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the admin port.
    pub fn admin_port(mut self, port: u16) -> Self {
        self.admin_port = port;
        self
    }

    /// Adds a listener.
    pub fn listener(mut self, listener: Listener) -> Self {
        self.listeners.push(listener);
        self
    }

    /// Adds a cluster.
    pub fn cluster(mut self, cluster: Cluster) -> Self {
        self.clusters.push(cluster);
        self
    }

    /// Sets a field of `envoy.config.bootstrap.v3.Bootstrap`.
    pub fn field(mut self, name: &str, value: Value) -> Self {
        self.fields.insert(name.to_owned(), value);
        self
    }

    /// The config as that version of Envoy reads it: JSON, which is YAML too.
    pub fn to_json(&self, version: Version) -> Value {
        let listeners: Vec<_> = self.listeners.iter().map(|l| l.to_json(version)).collect();
        let clusters: Vec<_> = self.clusters.iter().map(Cluster::to_json).collect();
        let address = json!({"address": "127.0.0.1", "port_value": self.admin_port});
        let mut bootstrap = json!({
            "admin": {"address": {"socket_address": address}},
            "static_resources": {"listeners": listeners, "clusters": clusters},
        });
        if let Value::Object(object) = &mut bootstrap {
            object.extend(self.fields.clone());
        }
        bootstrap
    }

    /// Whether the ports are free. Envoy would share one with another Envoy (`SO_REUSEPORT`) and
    /// take some of its connections.
    pub(crate) fn ports_free(&self) -> Result<(), Error> {
        for listener in &self.listeners {
            port_free(listener.bound_port(), "--port")?;
        }
        port_free(self.admin_port, "--admin-port")
    }
}

fn port_free(port: u16, option: &'static str) -> Result<(), Error> {
    match TcpListener::bind(("127.0.0.1", port)) {
        Err(why) if port != 0 && why.kind() == std::io::ErrorKind::AddrInUse => {
            Err(Error::PortTaken { port, option })
        }
        // Anything else is Envoy's to say.
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_is_named_with_the_remedy() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = taken.local_addr().unwrap().port();
        let error = Bootstrap::new()
            .listener(Listener::new("a").port(port))
            .ports_free();
        let expected = format!("port {port} is taken: choose another with --port");
        assert_eq!(error.unwrap_err().to_string(), expected);
        let error = Bootstrap::new().admin_port(port).ports_free();
        assert!(error.unwrap_err().to_string().ends_with("--admin-port"));
        assert!(
            Bootstrap::new()
                .listener(Listener::new("a"))
                .ports_free()
                .is_ok()
        );
    }
}
