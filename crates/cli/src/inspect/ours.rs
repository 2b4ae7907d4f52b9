//! The filters of the catalogue in an Envoy's configuration.

use std::fmt;
use std::fs;

use hachure_registry::Filter;
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::inspect::dump::text;

const WASM: &str = "envoy.extensions.filters.http.wasm.v3.Wasm";
/// As much of a hash of a config as people compare.
const SHORT: usize = 12;

/// An instance of a filter of the catalogue.
#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Ours {
    /// What Envoy calls it.
    pub(super) name: String,
    #[serde(serialize_with = "name_of")]
    pub(super) filter: &'static Filter,
    pub(super) module: Module,
    /// The beginning of the SHA-256 of the config's text without what stands between its parts.
    pub(super) config_hash: String,
    /// Envoy's `failure_policy`.
    pub(super) on_failure: String,
    #[serde(skip)]
    pub(super) config: Value,
}

/// Where a module comes from.
#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Module {
    /// A file or a URL.
    pub(super) from: String,
    /// What Envoy compares, or what the file holds where it can be read here.
    pub(super) sha256: Option<String>,
}

impl Ours {
    /// The filter that a Wasm filter's message means: by its root id, else by the plugin's name.
    pub(super) fn of(name: &str, message: &Value) -> Option<Self> {
        let wasm = match text(message, "/@type").ends_with(WASM) {
            true => message,
            false if text(message, "/type_url").ends_with(WASM) => message.get("value")?,
            false => return None,
        };
        let plugin = wasm.get("config")?;
        let (root_id, plugin_name) = (text(plugin, "/root_id"), text(plugin, "/name"));
        let filter = Filter::find(if root_id.is_empty() {
            plugin_name
        } else {
            root_id
        })?;
        let config = config(plugin.get("configuration"));
        Some(Self {
            name: name.to_owned(),
            filter,
            module: Module::of(plugin.pointer("/vm_config/code").unwrap_or(&Value::Null)),
            config_hash: hash(config.to_string().as_bytes())
                .chars()
                .take(SHORT)
                .collect(),
            on_failure: on_failure(plugin),
            config,
        })
    }
}

impl Module {
    fn of(code: &Value) -> Self {
        let file = text(code, "/local/filename");
        if file.is_empty() {
            let sum = text(code, "/remote/sha256");
            return Self {
                from: text(code, "/remote/http_uri/uri").to_owned(),
                sha256: (!sum.is_empty()).then(|| sum.to_owned()),
            };
        }
        Self {
            from: file.to_owned(),
            // Envoy may run on another machine, or have read another content.
            sha256: fs::read(file).ok().map(|bytes| hash(&bytes)),
        }
    }
}

impl fmt::Display for Module {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.from)?;
        match &self.sha256 {
            Some(sum) => write!(f, " sha256 {sum}"),
            None => f.write_str(" (cannot be read here)"),
        }
    }
}

/// `FAIL_RELOAD`; Envoy closes where nothing is said.
fn on_failure(plugin: &Value) -> String {
    let policy = text(plugin, "/failure_policy");
    match (policy, plugin.get("fail_open") == Some(&Value::Bool(true))) {
        ("", true) => "FAIL_OPEN",
        ("", false) => "FAIL_CLOSED",
        (policy, _) => policy,
    }
    .to_owned()
}

/// The config in the message that carries it; `{}` where there is none.
fn config(any: Option<&Value>) -> Value {
    let value = any.and_then(|any| any.get("value"));
    let config = match value {
        Some(Value::String(text)) => serde_json::from_str(text).ok(),
        other => other.cloned(),
    };
    config.unwrap_or_else(|| Value::Object(serde_json::Map::new()))
}

fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn name_of<S: serde::Serializer>(filter: &&'static Filter, s: S) -> Result<S::Ok, S::Error> {
    s.serialize_str(filter.name)
}
