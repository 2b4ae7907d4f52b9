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
    module: PathBuf,
    config: Value,
    capabilities: Vec<&'static str>,
    bodies: bool,
    headers_alone: bool,
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
            module: module.into(),
            config,
            capabilities: capabilities(entry),
            bodies: entry.capabilities.bodies,
            headers_alone: false,
        }
    }

    /// Withholds functions that its entry declares, for tests of what becomes of it then.
    pub fn without(mut self, functions: &[&str]) -> Self {
        self.capabilities.retain(|name| !functions.contains(name));
        self
    }

    /// Lets headers be held without their body, whatever the config says, for tests of a platform
    /// that is set up so.
    pub fn holding_headers_alone(mut self) -> Self {
        self.headers_alone = true;
        self
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// `envoy.extensions.filters.http.wasm.v3.Wasm` with its `@type`, as that version of Envoy reads it.
    pub fn to_json(&self, version: Version) -> Value {
        let mut vm = json!({
            "vm_id": format!("hachure/{}", self.root_id),
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
        if self.headers_wait() {
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

    /// Whether headers may wait for their body, as the config of a filter says that reads bodies.
    fn headers_wait(&self) -> bool {
        let asked = self.config.get("headersHeld") == Some(&Value::Bool(true));
        self.headers_alone || (self.bodies && asked)
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

#[cfg(test)]
mod tests {
    use super::*;

    const ENTRY: &str = "\
name: a-filter
title: A filter
summary: Does something.
version: 0.1.0
status: alpha
phases: [requestHeaders]
capabilities: {callouts: false, bodies: false, sharedData: false, timers: false}
identity: {reads: false, sets: false}
order: {why: it does not matter}
reasons: []
metrics: []
nativeAlternative: {filter: null, useWhen: never}
sizeBudgetKB: 180
";

    fn config(minor: u32) -> Value {
        let entry = Entry::parse(ENTRY).unwrap();
        let filter = WasmFilter::new(&entry, "mine", "/m.wasm", json!({"a": 1}));
        filter.to_json(Version {
            major: 1,
            minor,
            patch: 0,
        })["config"]
            .take()
    }

    #[test]
    fn the_restriction_stands_where_that_envoy_reads_it() {
        let allowed = "capability_restriction_config/allowed_capabilities/proxy_on_request_headers";
        for (minor, place) in [(39, "/"), (40, "/vm_config/")] {
            let config = config(minor);
            assert_eq!(
                config.pointer(&format!("{place}{allowed}")),
                Some(&json!({})),
                "{minor}"
            );
        }
        assert!(
            config(39)
                .pointer("/vm_config/capability_restriction_config")
                .is_none()
        );
        assert!(
            config(40)
                .pointer("/capability_restriction_config")
                .is_none()
        );
    }

    #[test]
    fn headers_wait_for_bodies_where_the_config_says_so() {
        for (bodies, held) in [(true, true), (true, false), (false, true)] {
            let entry = ENTRY.replace("bodies: false", &format!("bodies: {bodies}"));
            let entry = Entry::parse(&entry).unwrap();
            let config = json!({"headersHeld": held});
            let filter = WasmFilter::new(&entry, "mine", "/m.wasm", config);
            let json = filter.to_json(Version {
                major: 1,
                minor: 40,
                patch: 0,
            });
            let set = &json["config"]["allow_on_headers_stop_iteration"];
            assert_eq!(set.as_bool(), (bodies && held).then_some(true));
        }
    }

    #[test]
    fn what_is_withheld_is_not_allowed() {
        let entry = Entry::parse(ENTRY).unwrap();
        let filter = WasmFilter::new(&entry, "mine", "/m.wasm", json!({}));
        let allowed = |filter: &WasmFilter| {
            let restriction = filter.restriction();
            restriction["allowed_capabilities"]["proxy_log"].is_object()
        };
        assert!(allowed(&filter));
        assert!(!allowed(&filter.without(&["proxy_log"])));
    }

    #[test]
    fn the_filter_is_told_its_config_as_text() {
        let config = config(40);
        assert_eq!(
            (&config["name"], &config["root_id"]),
            (&json!("mine"), &json!("a-filter"))
        );
        assert_eq!(config["configuration"]["value"], r#"{"a":1}"#);
        assert_eq!(config["vm_config"]["vm_id"], "hachure/a-filter");
    }
}
