//! Modules that the add-on does not carry.

use std::thread::sleep;
use std::time::Duration;

use hachure_e2e::cluster::{Edge, objects};
use hachure_e2e::services::Registry;
use hachure_e2e::setup::repository;
use hachure_oci::{Form, Image, credentials};
use serde_json::{Value, json};

use crate::module::{built, saying, sha256};
use crate::stage::{self, NAMESPACE, Stage, policy};
use crate::web::Web;

const HOST: &str = "code.example.com";
const FILTER: &str = "header-mutation";

/// The stage with an HTTPProxy `code`, and modules allowed from there.
fn with_proxy(stage: &mut Stage, allowed: &[String]) -> Value {
    stage.extension.allow_code(allowed);
    let proxy = stage.proxy("code");
    stage.cluster.apply(&proxy);
    stage.until(HOST, |answer| answer.status() == 200);
    proxy
}

fn set(value: &str) -> Value {
    let set = json!({"set": {"name": "x-policy", "value": value}});
    json!({"rules": [{"phase": "response", "operation": set}]})
}

/// A policy for that proxy that sets `x-policy` with a module from elsewhere.
fn with_code(code: Value, config: &Value) -> Value {
    let mut policy = policy("code", config);
    *policy.pointer_mut("/spec/wasm/0/code").unwrap() = code;
    policy
}

fn http(url: &str, sha256: &str) -> Value {
    json!({"type": "HTTP", "http": {"url": url, "sha256": sha256}})
}

fn runs(stage: &mut Stage, policy: &Value, value: &str) {
    stage.cluster.apply(policy);
    stage.until(HOST, |answer| answer.text("x-policy") == value);
    stage.until_condition(policy, "ResolvedRefs", "ResolvedRefs");
    stage.until_condition(policy, "Programmed", "Programmed");
}

fn end(stage: &mut Stage, policy: &Value, proxy: &Value) {
    stage.cluster.delete(policy);
    stage.until(HOST, |answer| {
        answer.status() == 200 && answer.text("x-policy").is_empty()
    });
    stage.cluster.delete(proxy);
}

pub(crate) fn a_module_of_a_web_server_runs(stage: &mut Stage) {
    let web = Web::start();
    let module = built(FILTER);
    let url = web.put("filter.wasm", &module);
    let proxy = with_proxy(stage, &[web.name()]);
    let policy = with_code(http(&url, &sha256(&module)), &set("fetched"));
    runs(stage, &policy, "fetched");
    assert_eq!(stage.until_condition(&policy, "Accepted", "Accepted"), "");
    assert_eq!(web.asked(), 1);
    // Its config is checked as that of the catalogue's: it is the same.
    let bad = with_code(http(&url, &sha256(&module)), &json!({"rulez": []}));
    stage.cluster.apply(&bad);
    let why = stage.until_condition(&bad, "Accepted", "Invalid");
    assert!(why.starts_with("spec.wasm[0].config.rulez: "), "{why}");
    assert_eq!(stage.get(HOST).unwrap().text("x-policy"), "fetched");
    end(stage, &policy, &proxy);
}

pub(crate) fn a_module_that_may_not_run_closes_its_routes_alone(stage: &mut Stage) {
    let web = Web::start();
    let module = built(FILTER);
    let url = web.put("filter.wasm", &module);
    let forbidden = r#"(module (import "wasi_snapshot_preview1" "path_open" (func)))"#;
    let forbidden = wat::parse_str(forbidden).unwrap();
    let importing = web.put("importing.wasm", &forbidden);
    let page = web.put("page", b"<html>");
    let proxy = with_proxy(stage, &[web.name()]);
    let digest = sha256(&module);
    let elsewhere = url.replace("127.0.0.1", "127.0.0.2");
    let catalog = json!({"type": "Catalog", "catalog": {"name": FILTER, "version": "9.9.9"}});
    for (code, reason, why) in [
        (http(&url, &"0".repeat(64)), "WrongModule", digest.as_str()),
        (http(&elsewhere, &digest), "NotAllowed", "127.0.0.2"),
        (
            http(&importing, &sha256(&forbidden)),
            "ForbiddenImports",
            "path_open",
        ),
        (
            http(&page, &sha256(b"<html>")),
            "InvalidModule",
            "not a WebAssembly module",
        ),
        (catalog, "NotInCatalogue", "it carries: cors 0.1.0"),
    ] {
        let policy = with_code(code, &set("never"));
        stage.cluster.apply(&policy);
        let told = stage.until_condition(&policy, "ResolvedRefs", reason);
        assert!(
            told.starts_with("spec.wasm[0].code") && told.contains(why),
            "{told}"
        );
        stage.until(HOST, |answer| answer.status() == 503);
        assert_eq!(stage.get("always.example.com").unwrap().status(), 200);
        stage.cluster.delete(&policy);
        stage.until(HOST, |answer| answer.status() == 200);
    }
    let mut open = with_code(http(&url, &"0".repeat(64)), &set("never"));
    *open.pointer_mut("/spec/wasm/0").unwrap() = {
        let mut wasm = open.pointer("/spec/wasm/0").unwrap().clone();
        wasm.as_object_mut()
            .unwrap()
            .insert("failOpen".into(), json!(true));
        wasm
    };
    stage.cluster.apply(&open);
    stage.until_condition(&open, "ResolvedRefs", "WrongModule");
    sleep(Duration::from_millis(500));
    assert_eq!(stage.get(HOST).unwrap().status(), 200);
    // Then it is what it should be.
    let right = with_code(http(&url, &digest), &set("right"));
    runs(stage, &right, "right");
    end(stage, &right, &proxy);
}

pub(crate) fn a_config_is_checked_by_what_the_module_says_of_itself(stage: &mut Stage) {
    let web = Web::start();
    let module = built(FILTER);
    let other = saying(
        &module,
        Some(("\"version\":\"0.1.0\"", "\"version\":\"9.9.9\"")),
    );
    let silent = saying(&module, None);
    let proxy = with_proxy(stage, &[web.name()]);
    let url = web.put("other.wasm", &other);
    let of_other = |config: &Value| with_code(http(&url, &sha256(&other)), config);
    let policy = of_other(&set("other"));
    runs(stage, &policy, "other");
    let told = stage.until_condition(&policy, "Accepted", "Accepted");
    assert!(
        told.ends_with("its config is checked against the module's schema alone"),
        "{told}"
    );
    let bad = of_other(&json!({"rules": "none"}));
    stage.cluster.apply(&bad);
    let told = stage.until_condition(&bad, "Accepted", "Invalid");
    assert!(told.starts_with("spec.wasm[0].config.rules: "), "{told}");
    assert_eq!(stage.get(HOST).unwrap().text("x-policy"), "other");
    let url = web.put("silent.wasm", &silent);
    let mut policy = with_code(http(&url, &sha256(&silent)), &set("silent"));
    *policy.pointer_mut("/spec/wasm/0/name").unwrap() = json!("mine");
    runs(stage, &policy, "silent");
    let told = stage.until_condition(&policy, "Accepted", "Accepted");
    assert!(told.ends_with("the module carries no schema"), "{told}");
    end(stage, &policy, &proxy);
}

/// A Secret and a ConfigMap with what it takes to get in, and the code that names them.
fn access(registry: &Registry, config: &str, pinned: &str) -> (Value, Value, Value) {
    let metadata = |name: &str| json!({"namespace": NAMESPACE, "name": name});
    let secret = json!({
        "apiVersion": "v1", "kind": "Secret", "metadata": metadata("pull"),
        "type": "kubernetes.io/dockerconfigjson",
        "stringData": {".dockerconfigjson": config},
    });
    let authority = json!({
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata("registry"),
        "data": {"ca.crt": registry.authority()},
    });
    let code = json!({"type": "Image", "image": {
        "url": format!("{}/filters/headers:1", registry.name()),
        "sha256": pinned,
        "pullSecretRef": {"name": "pull"},
        "tls": {"caCertificateRef": {"kind": "ConfigMap", "name": "registry"}},
    }});
    (secret, authority, code)
}

/// Puts the module into the registry; the digest of the image.
fn push(registry: &Registry) -> String {
    let image = Image::of(&built(FILTER), Form::Image).unwrap();
    let config = std::fs::read(registry.config_file()).unwrap();
    let shown = credentials(&config, &registry.name()).unwrap();
    let name = format!("{}/filters/headers:1", registry.name());
    let client = hachure_oci::Registry::new(Some(registry.authority().as_bytes())).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let name = name.parse().unwrap();
    let pushed = client.push(&image, &name, &shown);
    runtime.unwrap().block_on(pushed).unwrap();
    image.digest().strip_prefix("sha256:").unwrap().to_owned()
}

pub(crate) fn an_image_of_a_registry_runs_whose_password_is_in_a_secret(stage: &mut Stage) {
    let mut registry = Registry::start();
    let pinned = push(&registry);
    let rights = "manifests/contour-extension/private-modules.yaml";
    stage.cluster.apply_file(&repository().join(rights));
    let proxy = with_proxy(stage, &[registry.name()]);
    let wrong = registry.wrong_config().to_string();
    let (secret, authority, code) = access(&registry, &wrong, &pinned);
    let policy = with_code(code, &set("pulled"));
    stage.cluster.apply(&authority);
    stage.cluster.apply(&policy);
    let told = stage.until_condition(&policy, "ResolvedRefs", "InvalidRef");
    assert!(told.ends_with("there is no Secret shop/pull"), "{told}");
    stage.cluster.apply(&secret);
    let told = stage.until_condition(&policy, "ResolvedRefs", "FetchFailed");
    assert!(
        told.contains("ot authorized") && !told.contains("another"),
        "{told}"
    );
    // What was served stays while it is waited for.
    assert_eq!(stage.get(HOST).unwrap().status(), 200);
    let right = std::fs::read_to_string(registry.config_file()).unwrap();
    stage.cluster.apply(&access(&registry, &right, &pinned).0);
    stage.until(HOST, |answer| answer.text("x-policy") == "pulled");
    stage.until_condition(&policy, "Programmed", "Programmed");
    // The registry is away: nothing more is needed of it.
    registry.go_away();
    let changed = with_code(
        policy.pointer("/spec/wasm/0/code").unwrap().clone(),
        &set("later"),
    );
    stage.cluster.apply(&changed);
    stage.until(HOST, |answer| answer.text("x-policy") == "later");
    for object in [&secret, &authority] {
        stage.cluster.delete(object);
    }
    end(stage, &policy, &proxy);
}

pub(crate) fn a_registry_that_is_away_closes_routes_after_a_while_and_opens_them(
    stage: &mut Stage,
) {
    let mut registry = Registry::start();
    let pinned = push(&registry);
    registry.go_away();
    let rights = "manifests/contour-extension/private-modules.yaml";
    stage.cluster.apply_file(&repository().join(rights));
    let proxy = with_proxy(stage, &[registry.name()]);
    let right = std::fs::read_to_string(registry.config_file()).unwrap();
    let (secret, authority, code) = access(&registry, &right, &pinned);
    for object in [&secret, &authority] {
        stage.cluster.apply(object);
    }
    let policy = with_code(code.clone(), &set("back"));
    stage.cluster.apply(&policy);
    stage.until_condition(&policy, "ResolvedRefs", "FetchFailed");
    assert_eq!(stage.get(HOST).unwrap().status(), 200);
    // A route that was not there before does not open without its filters.
    let late = objects::http_proxy(NAMESPACE, "late", "late.example.com", "orders");
    let mut of_late = stage::policy("late", &set("back"));
    *of_late.pointer_mut("/spec/wasm/0/code").unwrap() = code;
    stage.cluster.apply(&of_late);
    stage.until_condition(&of_late, "ResolvedRefs", "FetchFailed");
    stage.cluster.apply(&late);
    stage.until("late.example.com", |answer| {
        assert_ne!(answer.status(), 200);
        answer.status() == 503
    });
    stage.until(HOST, |answer| answer.status() == 503);
    assert_eq!(stage.get("always.example.com").unwrap().status(), 200);
    registry.come_back();
    for host in [HOST, "late.example.com"] {
        stage.until(host, |answer| {
            answer.status() == 200 && answer.text("x-policy") == "back"
        });
    }
    for object in [&secret, &authority, &of_late, &late] {
        stage.cluster.delete(object);
    }
    end(stage, &policy, &proxy);
}

pub(crate) fn what_was_fetched_serves_after_a_restart_without_its_source(stage: &mut Stage) {
    let web = Web::start();
    // No other test has fetched it.
    let module = saying(
        &built(FILTER),
        Some(("\"title\":\"", "\"title\":\"Restarted: ")),
    );
    let url = web.put("restart.wasm", &module);
    let proxy = with_proxy(stage, &[web.name()]);
    let policy = with_code(http(&url, &sha256(&module)), &set("kept"));
    runs(stage, &policy, "kept");
    web.go_away();
    stage.extension.go_away();
    stage.extension.come_back();
    // One that knows nothing yet.
    let edge = Edge::start(&stage.extension.xds());
    let before = std::mem::replace(&mut stage.edge, edge);
    stage.until(HOST, |answer| answer.text("x-policy") == "kept");
    stage.until_condition(&policy, "Programmed", "Programmed");
    assert_eq!(web.asked(), 1);
    drop(before);
    web.come_back();
    end(stage, &policy, &proxy);
}

pub(crate) fn without_a_shared_folder_envoy_asks_for_modules(stage: &mut Stage) {
    stage.extension.share(false);
    let web = Web::start();
    let module = saying(&built(FILTER), None);
    let url = web.put("asked.wasm", &module);
    let proxy = with_proxy(stage, &[web.name()]);
    let carried = policy("code", &set("carried"));
    runs(stage, &carried, "carried");
    let fetched = with_code(http(&url, &sha256(&module)), &set("fetched"));
    runs(stage, &fetched, "fetched");
    let config = stage.edge.config().to_string();
    assert!(config.contains(&format!("http://contour/modules/{}.wasm", sha256(&module))));
    end(stage, &fetched, &proxy);
    stage.extension.share(true);
}
