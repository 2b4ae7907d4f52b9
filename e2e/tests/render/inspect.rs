//! `hachure inspect` of an Envoy that is configured by a file.

use hachure_e2e::Upstream;
use hachure_e2e::command::{Rendered, hachure, printed, text};
use hachure_envoy::Protocol;
use serde_json::{Value, json};

use super::{FILE, get, rendered};

/// What `inspect` answers in JSON, whatever it thinks of it.
fn inspected(envoy: &Rendered, request: &[&str]) -> Value {
    let admin = envoy.admin();
    let mut arguments = vec!["inspect", "--admin", &admin, "--output", "json"];
    arguments.extend(request);
    let output = hachure(&arguments);
    let answer = text(&output);
    serde_json::from_str(&answer).unwrap_or_else(|why| panic!("{why}: {answer} {output:?}"))
}

#[test]
fn it_says_what_runs_where_with_which_module() {
    let orders = Upstream::start(Protocol::Http1);
    let envoy = Rendered::start(&rendered(FILE, &orders));
    assert_eq!(get(&envoy, "/orders").status(), 200);
    let report = inspected(&envoy, &["GET", "http://example.com/orders/1"]);
    assert_eq!(report.pointer("/problems"), Some(&json!([])), "{report:#}");
    let at = |pointer: &str| report.pointer(pointer).cloned().unwrap_or_default();
    assert_eq!(at("/envoy/configuredBy"), "file");
    assert_eq!(at("/envoy/wasmEngines/0"), "envoy.wasm.runtime.v8");
    assert_eq!(at("/filters/0/filter"), "cors");
    assert_eq!(at("/filters/0/onFailure"), "FAIL_RELOAD");
    assert_eq!(at("/filters/3/onFailure"), "FAIL_OPEN");
    assert_eq!(at("/filters/0/module/sha256").as_str().unwrap().len(), 64);
    assert_eq!(at("/counters/cors/request.outcome.allowed"), 1);
    // The exact path comes first.
    let everywhere = ["cors", "jwt-validation", "quota"];
    assert_eq!(at("/routes/0/matches"), "/old");
    assert_eq!(
        at("/routes/0/filters"),
        json!([everywhere.as_slice(), &["version-rewrite"]].concat())
    );
    assert_eq!(at("/routes/1/filters"), json!(everywhere));
    assert_eq!(at("/request/candidates/0/matches"), "/orders/*");
    assert_eq!(at("/request/candidates/0/unless"), "");
    let nowhere = inspected(&envoy, &["GET", "http://example.com/ordersx"]);
    assert_eq!(nowhere.pointer("/request/candidates"), Some(&json!([])));

    let said = printed(&[
        "inspect",
        "--admin",
        &envoy.admin(),
        "GET",
        "http://example.com/old",
    ]);
    for line in [
        "configured by its own files",
        "    /old -> orders: cors, jwt-validation, quota, version-rewrite",
        "  takes /old of hachure",
        "nothing is wrong as far as can be seen",
    ] {
        assert!(said.contains(line), "{line} is not in\n{said}");
    }
}

#[test]
fn it_says_what_is_wrong() {
    let orders = Upstream::start(Protocol::Http1);
    let yaml = rendered(FILE, &orders);
    // The keys come from a cluster that is not there, and quota stands before cors.
    let yaml = yaml.replace("\"upstream\": \"orders\"", "\"upstream\": \"nowhere\"");
    let (head, filters) = yaml.split_once("http_filters:\n").unwrap();
    let name = filters.lines().next().unwrap();
    let indent = name.len() - name.trim_start().len();
    let dash = format!("{}- name: ", " ".repeat(indent));
    let (list, rest) = filters.split_at(
        filters
            .find(&format!("{dash}envoy.filters.http.router"))
            .unwrap(),
    );
    let mut entries: Vec<_> = list.split_inclusive(&dash).collect();
    assert!(entries.len() > 3);
    entries.remove(0);
    let mut entries: Vec<_> = entries
        .iter()
        .map(|one| one.trim_end_matches(&dash))
        .collect();
    entries.swap(0, 2);
    let swapped: String = entries.iter().map(|one| format!("{dash}{one}")).collect();
    let envoy = Rendered::start(&format!("{head}http_filters:\n{swapped}{rest}"));
    let report = inspected(&envoy, &[]);
    let problems = report
        .pointer("/problems")
        .and_then(Value::as_array)
        .unwrap();
    let messages: Vec<_> = problems
        .iter()
        .filter_map(|one| one.get("message")?.as_str())
        .collect();
    for expected in [
        "jwt-validation: its upstream `nowhere` is the cluster `nowhere`, which Envoy does not have",
        "cors has to stand before quota",
    ] {
        assert!(
            messages.iter().any(|one| one.starts_with(expected)),
            "{messages:#?}"
        );
    }
    let output = hachure(&["inspect", "--admin", &envoy.admin()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output).contains("error: cors has to stand before quota"));
}

#[test]
fn what_cannot_be_asked_is_said() {
    for (place, why) in [
        ("http://127.0.0.1:1", "asking http://127.0.0.1:1"),
        ("unix:/no/such/socket", "asking unix:/no/such/socket"),
        ("envoy:9901", "expected http://host:port or unix:/path"),
    ] {
        let output = hachure(&["inspect", "--admin", place]);
        let err = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.code() == Some(1) && err.contains(why),
            "{err}"
        );
    }
}
