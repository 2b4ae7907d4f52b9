//! One of our filters in Envoy's config.

use std::path::PathBuf;

use hachure_catalog::Entry;
use serde_json::{Map, Value, json};

use crate::Version;
use crate::capability::capabilities;

/// An instance of a filter: its module with one config.
#[derive(Debug, Clone)]
pub struct WasmFilter {
    name: String,
    root_id: String,
    vm_id: String,
    module: PathBuf,
    config: Value,
    capabilities: Vec<&'static str>,
    bodies: bool,
}

impl WasmFilter {
    /// The filter `entry` as the instance `name`, from the module in a file of Envoy's machine.
    /// Instances of one filter share a VM on each worker.
    pub fn new(
        entry: &Entry,
        name: impl Into<String>,
        module: impl Into<PathBuf>,
        config: Value,
    ) -> Self {
        Self {
            name: name.into(),
            root_id: entry.name.clone(),
            vm_id: format!("hachure/{}", entry.name),
            module: module.into(),
            config,
            capabilities: capabilities(entry),
            bodies: entry.capabilities.bodies,
        }
    }

    /// Another VM than that of the filter's other instances; shared data is keyed by it.
    pub fn vm_id(mut self, vm_id: impl Into<String>) -> Self {
        self.vm_id = vm_id.into();
        self
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// `envoy.extensions.filters.http.wasm.v3.Wasm` with its `@type`, as that version of Envoy reads it.
    pub fn to_json(&self, version: Version) -> Value {
        let mut vm = json!({
            "vm_id": self.vm_id,
            "runtime": "envoy.wasm.runtime.v8",
            "code": {"local": {"filename": self.module}},
        });
        let mut plugin = json!({
            "name": self.name,
            "root_id": self.root_id,
            "configuration": {
                "@type": "type.googleapis.com/google.protobuf.StringValue",
                "value": self.config.to_string(),
            },
            // A trap costs the streams of its worker, and a second later there is a new VM.
            "failure_policy": "FAIL_RELOAD",
        });
        let restricted = if version.restricts_the_vm() {
            &mut vm
        } else {
            &mut plugin
        };
        set(
            restricted,
            "capability_restriction_config",
            self.restriction(),
        );
        if self.bodies {
            // Bodies are collected while the headers wait.
            set(
                &mut plugin,
                "allow_on_headers_stop_iteration",
                Value::Bool(true),
            );
        }
        set(&mut plugin, "vm_config", vm);
        json!({
            "@type": "type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm",
            "config": plugin,
        })
    }

    fn restriction(&self) -> Value {
        let allowed: Map<_, _> = self
            .capabilities
            .iter()
            .map(|name| ((*name).to_owned(), json!({})))
            .collect();
        json!({"allowed_capabilities": allowed})
    }
}

fn set(object: &mut Value, name: &str, value: Value) {
    if let Value::Object(object) = object {
        object.insert(name.to_owned(), value);
    }
}
