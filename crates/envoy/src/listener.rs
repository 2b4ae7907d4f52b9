//! A port, the filters behind it and the routes behind them.

use serde_json::{Map, Value, json};

use crate::filter::router;
use crate::{AccessLog, HttpFilter, PathHandling, Route, Version};

/// A listener with one HTTP connection manager, which takes HTTP/1.1 and HTTP/2 without TLS.
#[derive(Debug, Clone)]
pub struct Listener {
    name: String,
    port: u16,
    filters: Vec<HttpFilter>,
    routes: Vec<Route>,
    access_log: Option<AccessLog>,
    paths: PathHandling,
    fields: Map<String, Value>,
    manager_fields: Map<String, Value>,
    router_fields: Map<String, Value>,
}

impl Listener {
    /// A listener on a port of 127.0.0.1 that the kernel chooses ([`crate::Process::address`]).
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            port: 0,
            filters: vec![],
            routes: vec![],
            access_log: None,
            paths: PathHandling::default(),
            fields: Map::new(),
            manager_fields: Map::new(),
            router_fields: Map::new(),
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Sets the port.
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Adds a filter at the end of the chain. The router is added by itself.
    pub fn filter(mut self, filter: impl Into<HttpFilter>) -> Self {
        self.filters.push(filter.into());
        self
    }

    /// Adds a route at the end.
    pub fn route(mut self, route: Route) -> Self {
        self.routes.push(route);
        self
    }

    /// Sets the access log.
    pub fn access_log(mut self, log: AccessLog) -> Self {
        self.access_log = Some(log);
        self
    }

    /// Sets what Envoy does with paths.
    pub fn paths(mut self, paths: PathHandling) -> Self {
        self.paths = paths;
        self
    }

    /// Sets a field of `envoy.config.listener.v3.Listener`.
    pub fn field(mut self, name: &str, value: Value) -> Self {
        self.fields.insert(name.to_owned(), value);
        self
    }

    /// Sets a field of the `HttpConnectionManager`.
    pub fn manager_field(mut self, name: &str, value: Value) -> Self {
        self.manager_fields.insert(name.to_owned(), value);
        self
    }

    /// Sets a field of the `Router`.
    pub fn router_field(mut self, name: &str, value: Value) -> Self {
        self.router_fields.insert(name.to_owned(), value);
        self
    }

    pub(crate) fn bound_port(&self) -> u16 {
        self.port
    }

    /// `envoy.config.listener.v3.Listener`, as a file of listeners (LDS) holds it too.
    pub fn to_json(&self, version: Version) -> Value {
        let mut listener = json!({
            "name": self.name,
            "address": {"socket_address": {"address": "127.0.0.1", "port_value": self.port}},
            "filter_chains": [{"filters": [{
                "name": "envoy.filters.network.http_connection_manager",
                "typed_config": self.manager(version),
            }]}],
        });
        if let Value::Object(object) = &mut listener {
            object.extend(self.fields.clone());
        }
        listener
    }

    fn manager(&self, version: Version) -> Value {
        let filters = self.filters.iter().map(|filter| filter.to_json(version));
        let filters: Vec<_> = filters.chain([router(&self.router_fields)]).collect();
        let routes: Vec<_> = self.routes.iter().map(Route::to_json).collect();
        let kind =
            "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";
        let mut manager = json!({
            "@type": format!("type.googleapis.com/{kind}"),
            "stat_prefix": self.name,
            // An edge: a client's address is that of its connection, whatever its headers say.
            "use_remote_address": true,
            "route_config": {
                "name": self.name,
                "virtual_hosts": [{"name": self.name, "domains": ["*"], "routes": routes}],
            },
            "http_filters": filters,
        });
        if let Value::Object(object) = &mut manager {
            if let Some(log) = &self.access_log {
                object.insert("access_log".into(), json!([log.to_json()]));
            }
            object.extend(
                self.paths
                    .fields()
                    .map(|(name, value)| (name.to_owned(), value)),
            );
            object.extend(self.manager_fields.clone());
        }
        manager
    }
}
