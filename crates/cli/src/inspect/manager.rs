//! The HTTP connection managers of listeners.

use serde_json::Value;

use crate::inspect::dump::{Dump, list, text};
use crate::inspect::ours::Ours;

const MANAGER: &str = "http_connection_manager.v3.HttpConnectionManager";

/// One connection manager.
pub(super) struct Manager<'d> {
    pub(super) listener: &'d str,
    pub(super) port: Option<u64>,
    /// The names for which clients must ask by TLS; empty for all.
    pub(super) server_names: Vec<&'d str>,
    pub(super) tls: bool,
    pub(super) filters: Vec<HttpFilter<'d>>,
    /// Its routes; none where they have not come yet.
    pub(super) table: Option<&'d Value>,
    /// Whether it makes paths canonical before routes see them.
    pub(super) normalizes: bool,
}

/// A filter of its chain.
pub(super) struct HttpFilter<'d> {
    pub(super) name: &'d str,
    /// The type of its config.
    pub(super) kind: &'d str,
    /// Off, unless a route turns it on.
    pub(super) disabled: bool,
    pub(super) ours: Option<Ours>,
}

/// Every connection manager, listener by listener.
pub(super) fn all(dump: &Dump) -> Vec<Manager<'_>> {
    let mut managers = vec![];
    for listener in dump.listeners() {
        let default = listener.get("default_filter_chain");
        for chain in list(listener, "filter_chains").chain(default) {
            for filter in list(chain, "filters") {
                let config = filter.get("typed_config").unwrap_or(&Value::Null);
                if text(config, "/@type").ends_with(MANAGER) {
                    managers.push(Manager::read(dump, listener, chain, config));
                }
            }
        }
    }
    managers
}

impl<'d> Manager<'d> {
    fn read(dump: &'d Dump, listener: &'d Value, chain: &'d Value, config: &'d Value) -> Self {
        let named = text(config, "/rds/route_config_name");
        let table = config
            .get("route_config")
            .or_else(|| dump.route_table(named));
        let names = chain.get("filter_chain_match");
        let names = names
            .into_iter()
            .flat_map(|names| list(names, "server_names"));
        Self {
            listener: text(listener, "/name"),
            port: listener
                .pointer("/address/socket_address/port_value")
                .and_then(Value::as_u64),
            server_names: names.filter_map(Value::as_str).collect(),
            tls: chain.get("transport_socket").is_some(),
            filters: list(config, "http_filters")
                .map(|filter| HttpFilter::read(dump, filter))
                .collect(),
            table,
            normalizes: config.get("normalize_path") == Some(&Value::Bool(true)),
        }
    }
}

impl<'d> HttpFilter<'d> {
    fn read(dump: &'d Dump, filter: &'d Value) -> Self {
        let name = text(filter, "/name");
        let config = filter
            .get("typed_config")
            .or_else(|| dump.sent_filter(name));
        let config = config.unwrap_or(&Value::Null);
        Self {
            name,
            kind: text(config, "/@type"),
            disabled: filter.get("disabled") == Some(&Value::Bool(true)),
            ours: Ours::of(name, config),
        }
    }
}
