//! What Envoy says of itself, in the parts that matter here.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// The answers of the admin interface.
pub(super) struct Dump {
    info: Value,
    /// The parts of the configuration, by the last word of their types.
    parts: BTreeMap<String, Value>,
    /// Counters of Wasm and of filters.
    pub(super) stats: BTreeMap<String, u64>,
}

impl Dump {
    pub(super) fn of(info: Value, config: Value, stats: BTreeMap<String, u64>) -> Self {
        let mut parts = BTreeMap::new();
        let configs = match config {
            Value::Object(mut members) => members.remove("configs"),
            _ => None,
        };
        if let Some(Value::Array(configs)) = configs {
            for part in configs {
                let kind = text(&part, "/@type").rsplit('.').next().unwrap_or_default();
                parts.insert(kind.to_owned(), part);
            }
        }
        Self { info, parts, stats }
    }

    /// `1.40.0`, as `/server_info` has it among other words.
    pub(super) fn version(&self) -> &str {
        let words = text(&self.info, "/version").split('/');
        let numbered =
            |word: &&str| word.starts_with(|c: char| c.is_ascii_digit()) && word.contains('.');
        words.into_iter().find(numbered).unwrap_or_default()
    }

    /// The bootstrap.
    pub(super) fn bootstrap(&self) -> Option<&Value> {
        self.parts.get("BootstrapConfigDump")?.get("bootstrap")
    }

    /// The listeners that serve.
    pub(super) fn listeners(&self) -> Vec<&Value> {
        let of_bootstrap = self.list("ListenersConfigDump", "static_listeners");
        let of_bootstrap = of_bootstrap.map(|one| one.get("listener"));
        let sent = self.list("ListenersConfigDump", "dynamic_listeners");
        let sent = sent.map(|one| one.pointer("/active_state/listener"));
        of_bootstrap.chain(sent).flatten().collect()
    }

    /// The version under which a control plane sent the listeners last; empty where none did. That of
    /// a listener stays as it was where only its filter chains were replaced.
    pub(super) fn listeners_version(&self) -> &str {
        let part = self.parts.get("ListenersConfigDump");
        part.map_or("", |part| text(part, "/version_info"))
    }

    /// The route table of that name.
    pub(super) fn route_table(&self, name: &str) -> Option<&Value> {
        let tables = ["static_route_configs", "dynamic_route_configs"];
        let tables = tables
            .iter()
            .flat_map(|key| self.list("RoutesConfigDump", key));
        let mut tables = tables.filter_map(|one| one.get("route_config"));
        tables.find(|table| text(table, "/name") == name)
    }

    /// The filter that a control plane sends apart from its listener (ECDS).
    pub(super) fn sent_filter(&self, name: &str) -> Option<&Value> {
        let filters = self.list("EcdsConfigDump", "ecds_filters");
        let mut filters = filters.filter_map(|one| one.get("ecds_filter"));
        filters
            .find(|filter| text(filter, "/name") == name)?
            .get("typed_config")
    }

    /// The names of all clusters that requests can go to.
    pub(super) fn clusters(&self) -> BTreeSet<&str> {
        let kinds = ["static_clusters", "dynamic_active_clusters"];
        let clusters = kinds
            .iter()
            .flat_map(|key| self.list("ClustersConfigDump", key));
        clusters.map(|one| text(one, "/cluster/name")).collect()
    }

    /// What Envoy refused of the last update of a listener or a route table: its name, and why.
    pub(super) fn refused(&self) -> Vec<(&str, &str)> {
        let parts = [
            ("ListenersConfigDump", "dynamic_listeners", "/name"),
            (
                "RoutesConfigDump",
                "dynamic_route_configs",
                "/route_config/name",
            ),
            (
                "ClustersConfigDump",
                "dynamic_active_clusters",
                "/cluster/name",
            ),
        ];
        let refused = parts.iter().flat_map(|(part, list, name)| {
            let states = self.list(part, list);
            states.map(move |one| (text(one, name), text(one, "/error_state/details")))
        });
        refused.filter(|(_, why)| !why.is_empty()).collect()
    }

    fn list(&self, part: &str, key: &str) -> impl Iterator<Item = &Value> {
        let list = self.parts.get(part).and_then(|part| part.get(key));
        list.and_then(Value::as_array).into_iter().flatten()
    }
}

/// The text at a JSON pointer; empty where there is none.
pub(super) fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// The elements of the list `key`.
pub(super) fn list<'v>(value: &'v Value, key: &str) -> impl Iterator<Item = &'v Value> + use<'v> {
    value
        .get(key)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}
