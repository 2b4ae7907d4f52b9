//! What Envoy Gateway does not set for Wasm, and what comes of it.

use std::thread::sleep;
use std::time::Duration;

use hachure_casefile::{Message, Text};
use hachure_e2e::request;
use hachure_e2e::services::digest;
use serde_json::{Value, json};

use crate::stage::{Stage, get, to};

/// It traps on a request with a body, and on none without.
const TRAP: &str = r#"(module
    (memory (export "memory") 1)
    (func (export "proxy_abi_version_0_2_1"))
    (func (export "proxy_on_memory_allocate") (param i32) (result i32) i32.const 1024)
    (func (export "proxy_on_vm_start") (param i32 i32) (result i32) i32.const 1)
    (func (export "proxy_on_configure") (param i32 i32) (result i32) i32.const 1)
    (func (export "proxy_on_context_create") (param i32 i32))
    (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
        local.get 2
        i32.eqz
        if
            unreachable
        end
        i32.const 0))"#;

/// Every `envoy.extensions.wasm.v3.PluginConfig` that Envoy has.
fn plugins(stage: &Stage) -> Vec<Value> {
    let mut found = vec![];
    collect(&stage.proxy.config(), &mut found);
    found
}

fn collect(value: &Value, found: &mut Vec<Value>) {
    match value {
        Value::Object(members) => {
            if members.contains_key("vm_config") {
                found.push(value.clone());
            }
            members.values().for_each(|member| collect(member, found));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        _ => {}
    }
}

pub(crate) fn each_entry_is_a_vm_without_restriction_or_failure_policy(stage: &mut Stage) {
    let route = stage.route("entries");
    let config = |value: &str| {
        let set = json!({"set": {"name": format!("x-{value}"), "value": value}});
        json!({"rules": [{"phase": "response", "operation": set}]})
    };
    let entries = ["one", "two"].map(|value| stage.wasm("header-mutation", &config(value)));
    let policy = stage.policy("entries", &entries);
    stage.cluster.apply(&route);
    stage.cluster.apply(&policy);
    let host = get("entries.example.com");
    stage.until(&host, |answer| {
        answer.text("x-one") == "one" && answer.text("x-two") == "two"
    });
    let plugins = plugins(stage);
    let mut ids: Vec<_> = plugins
        .iter()
        .map(|plugin| plugin["vm_config"]["vm_id"].as_str().unwrap().to_owned())
        .filter(|id| id.contains("/entries/"))
        .collect();
    ids.sort();
    ids.dedup();
    let policy_name = "envoyextensionpolicy/shop/entries/wasm";
    assert_eq!(ids, [0, 1].map(|i| format!("{policy_name}/{i}")));
    for plugin in &plugins {
        let vm = &plugin["vm_config"];
        for absent in [
            "failure_policy",
            "reload_config",
            "capability_restriction_config",
        ] {
            assert!(plugin[absent].is_null() && vm[absent].is_null(), "{plugin}");
        }
        assert!(plugin["allow_on_headers_stop_iteration"].is_null());
        assert_eq!(vm["code"]["remote"]["http_uri"]["cluster"], "wasm_cluster");
    }
    let dump = stage.proxy.config().to_string();
    assert!(dump.contains(r#""per_connection_buffer_limit_bytes":32768"#));
    stage.cluster.delete(&policy);
    stage.cluster.delete(&route);
}

/// After a trap a worker answers 503, until the configuration of its filter changes.
pub(crate) fn a_trap_ends_a_filter_until_its_config_changes(stage: &mut Stage) {
    let module = wat::parse_str(TRAP).unwrap();
    let sha256 = digest(&module);
    stage.modules.add("trap", module);
    let entry = |config: &str| {
        let http = json!({"url": stage.modules.url("trap"), "sha256": sha256});
        json!({
            "name": "trap",
            "code": {"type": "HTTP", "http": http},
            "config": {"text": config},
            "failOpen": false,
        })
    };
    let route = stage.route("trap");
    stage.cluster.apply(&route);
    let host = "trap.example.com";
    stage.until(&get(host), |answer| answer.status() == 200);
    let policy = stage.policy("trap", &[entry("one")]);
    stage.cluster.apply(&policy);
    let mut post: Message = to(host, request("POST", "/", &[("content-length", "1")]));
    post.body = vec![Text(b"x".to_vec())];
    // Each worker has its own.
    stage.until(&post, |answer| answer.status() >= 500);
    for _ in 0..20 {
        stage.send(&post).unwrap();
    }
    let statuses = || -> Vec<u16> {
        let asked = (0..10).map(|_| stage.send(&get(host)).unwrap().status());
        asked.collect()
    };
    assert_eq!(statuses(), [503; 10]);
    sleep(Duration::from_secs(3));
    assert_eq!(statuses(), [503; 10]);
    stage.cluster.apply(&stage.policy("trap", &[entry("two")]));
    stage.until(&get(host), |answer| answer.status() == 200);
    assert_eq!(statuses(), [200; 10]);
    stage.cluster.delete(&policy);
    stage.cluster.delete(&route);
}
