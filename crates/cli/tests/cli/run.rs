//! `run`, as far as it goes without an Envoy.

use std::fs;
use std::path::Path;

use hachure_registry::FILTERS;

use crate::command::{Answer, hachure, hachure_with};

const ROUTES: &str = "\
upstreams: {orders: {example: orders}}
filters: [{filter: cors, config: {origins: [\"https://app.example.com\"]}}]
routes: [{prefix: /, upstream: orders}]
";

#[test]
fn files_are_checked_first() {
    let bad = ROUTES
        .replace("https://app.example.com", "app")
        .replace("upstream: orders", "upstream: x");
    let answer = hachure_with(&[("r.yaml", &bad)], &["run", "r.yaml", "no.yaml"]);
    assert_eq!((answer.code, answer.out.as_str()), (1, ""));
    let lines: Vec<_> = answer.err.lines().collect();
    assert!(
        lines[0].starts_with("r.yaml:2:45: error: cors: origins[0]: "),
        "{}",
        answer.err
    );
    assert!(
        lines[1].starts_with("r.yaml:3:32: error: routes[0].upstream: "),
        "{}",
        answer.err
    );
    assert_eq!(lines[2..], ["no.yaml: error: there is no such file"]);
}

#[test]
fn what_is_missing_is_named_with_the_remedy() {
    let answer = run(&[("r.yaml", ROUTES)], &[]);
    assert!(
        answer
            .err
            .contains("/target/modules/cors.wasm is not there"),
        "{}",
        answer.err
    );
    assert!(
        answer.err.contains("`cargo xtask build cors`"),
        "{}",
        answer.err
    );
    assert_eq!((answer.code, answer.err.lines().count()), (1, 1));

    let files = [("r.yaml", ROUTES), ("cors.wasm", "")];
    let answer = hachure_with(&files, &["run", "r.yaml", "--modules", "."]);
    assert!(
        answer.err.starts_with("error: no Envoy: "),
        "{}",
        answer.err
    );
    assert!(
        answer.err.contains("`make demo` fetches one"),
        "{}",
        answer.err
    );
    assert_eq!((answer.code, answer.err.lines().count()), (1, 1));
    for (envoy, expected) in [
        ("no-envoy", "error: no-envoy does not run as Envoy: "),
        (
            "/bin/sh",
            "error: /bin/sh does not run as Envoy: it says no version",
        ),
    ] {
        let answer = hachure_with(
            &files,
            &["run", "r.yaml", "--modules", ".", "--envoy", envoy],
        );
        assert!(answer.err.starts_with(expected), "{}", answer.err);
        assert_eq!((answer.code, answer.err.lines().count()), (1, 1));
    }
}

#[test]
fn files_that_do_not_go_together_are_refused() {
    let other_upstream = ROUTES.replace("{example: orders}", "{address: \"127.0.0.1:1\"}");
    let answer = run(&[("a.yaml", ROUTES), ("b.yaml", &other_upstream)], &[]);
    assert_eq!(
        answer.err,
        "error: b.yaml: another file has another upstream `orders`\n"
    );
    let other_route = ROUTES.replace("upstream: orders", "directResponse: {status: 204}");
    let answer = run(&[("a.yaml", ROUTES), ("b.yaml", &other_route)], &[]);
    assert_eq!(answer.err, "error: b.yaml: there is another route for /*\n");
    let named = ROUTES.replace("filter: cors", "name: edge, filter: cors");
    let answer = run(&[("a.yaml", &named), ("b.yaml", &named)], &[]);
    assert_eq!(
        answer.err,
        "error: two filters have the name `edge`: give each its own\n"
    );
    let answer = run(&[("a.yaml", "origins: [\"*\"]\n")], &[]);
    assert!(
        answer.err.contains("a.yaml is no file for `hachure run`"),
        "{}",
        answer.err
    );
    let answer = run(&[("a.yaml", ROUTES)], &["--check"]);
    assert_eq!(
        answer.err,
        "error: --check has nothing to send: no file has `tries`\n"
    );
}

#[test]
fn every_filter_of_the_catalogue_is_in_the_demo() {
    let filters = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../filters");
    let mut files = Vec::new();
    for filter in FILTERS {
        let file = filters.join(filter.name).join("demo.yaml");
        let file = file.to_str().unwrap().to_owned();
        let report = hachure(&["validate", "--output", "json", &file]).json();
        assert_eq!(report["findings"], serde_json::json!([]), "{file}");
        let configs = report["configs"].as_array().unwrap();
        let is_attached = configs.iter().any(|config| config["filter"] == filter.name);
        assert!(is_attached, "{file} does not attach {}", filter.name);
        assert!(
            fs::read_to_string(&file).unwrap().contains("\ntries:\n"),
            "{file} tries nothing"
        );
        files.push(file);
    }
    // All of them go together: what is missing are the modules.
    let files: Vec<_> = files.iter().map(String::as_str).collect();
    let answer = hachure(&[&["run"][..], &files].concat());
    assert!(answer.err.contains(".wasm is not there"), "{}", answer.err);
}

/// Runs all files where there is neither a module nor an Envoy.
fn run(files: &[(&str, &str)], more: &[&str]) -> Answer {
    let names: Vec<_> = files.iter().map(|(name, _)| *name).collect();
    hachure_with(files, &[&["run"][..], &names, more].concat())
}
