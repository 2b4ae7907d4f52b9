//! One of our filters in Envoy's config.

use std::path::{Path, PathBuf};

use hachure_catalog::Entry;
use serde_json::{Map, Value, json};

use crate::Version;
use crate::capability::capabilities;

/// Where Envoy has a module from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Code {
    /// A file of its machine.
    File(PathBuf),
    /// What it fetches.
    Remote {
        /// The URL.
        url: String,
        /// The cluster of the URL's host.
        cluster: String,
        /// The checksum, in hexadecimal digits.
        sha256: String,
    },
}

/// An instance of a filter: its module with one config.
#[derive(Debug, Clone)]
pub struct WasmFilter {
    name: String,
    root_id: String,
    code: Code,
    config: Value,
    capabilities: Vec<&'static str>,
    bodies: bool,
    headers_alone: bool,
    fail_open: bool,
}

impl WasmFilter {
    /// The filter `entry` as the instance `name`. Instances of one filter share a VM on each worker.
    pub fn new(
        entry: &Entry,
        name: impl Into<String>,
        module: impl Into<Code>,
        config: Value,
    ) -> Self {
        Self {
            name: name.into(),
            root_id: entry.name.clone(),
            code: module.into(),
            config,
            capabilities: capabilities(entry),
            bodies: entry.capabilities.bodies,
            headers_alone: false,
            fail_open: false,
        }
    }

    /// Lets requests pass where it cannot run.
    pub fn fail_open(mut self) -> Self {
        self.fail_open = true;
        self
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
            "code": self.code.to_json(),
        });
        let mut plugin = json!({
            "name": self.name,
            "root_id": self.root_id,
            "configuration": {
                "@type": "type.googleapis.com/google.protobuf.StringValue",
                "value": self.config.to_string(),
            },
            // A trap costs the streams of its worker, and a second later there is a new VM.
            "failure_policy": if self.fail_open { "FAIL_OPEN" } else { "FAIL_RELOAD" },
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

impl Code {
    fn to_json(&self) -> Value {
        match self {
            Self::File(file) => json!({"local": {"filename": file}}),
            Self::Remote {
                url,
                cluster,
                sha256,
            } => json!({"remote": {
                "http_uri": {"uri": url, "cluster": cluster, "timeout": "10s"},
                "sha256": sha256,
                // Until it is there the filter answers 503: as soon as its server is, and no later.
                "retry_policy": {
                    "num_retries": 10,
                    "retry_back_off": {"base_interval": "1s", "max_interval": "30s"},
                },
            }}),
        }
    }
}

impl From<PathBuf> for Code {
    fn from(file: PathBuf) -> Self {
        Self::File(file)
    }
}

impl From<&Path> for Code {
    fn from(file: &Path) -> Self {
        Self::File(file.to_path_buf())
    }
}

impl From<&str> for Code {
    fn from(file: &str) -> Self {
        Self::File(file.into())
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
    fn a_module_may_come_from_a_server_and_a_filter_may_let_pass() {
        let entry = Entry::parse(ENTRY).unwrap();
        let code = Code::Remote {
            url: "https://a/b.wasm".to_owned(),
            cluster: "a".to_owned(),
            sha256: "00".repeat(32),
        };
        let filter = WasmFilter::new(&entry, "mine", code, json!({})).fail_open();
        let config = filter.to_json(Version::OLDEST)["config"].take();
        assert_eq!(config["failure_policy"], "FAIL_OPEN");
        let remote = &config["vm_config"]["code"]["remote"];
        assert_eq!(remote["http_uri"]["uri"], "https://a/b.wasm");
        assert_eq!(remote["sha256"], "00".repeat(32));
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
