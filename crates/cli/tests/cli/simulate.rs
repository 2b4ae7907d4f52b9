//! `simulate`.

use std::path::Path;

use serde_json::json;

use crate::command::{hachure_reading, hachure_with};

const RULES: &str = "\
rules:
- {phase: request, operation: {set: {name: x-tenant, value: acme}}}
- {phase: response, operation: {remove: {name: x-powered-by}}}
";
const CORS: &str = "origins: [\"https://app.example.com\"]\nmethods: [PUT]\n";
const REQUEST: &str = "GET /orders HTTP/1.1\r\nHost: api.example.com\r\nX-Tenant: a\r\n\r\n";
const PREFLIGHT: &str = "\
OPTIONS /orders HTTP/1.1
Host: api.example.com
Origin: https://app.example.com
Access-Control-Request-Method: PUT

";

fn mutation(more: &[&str]) -> crate::command::Answer {
    let response = "HTTP/1.1 200 OK\nX-Powered-By: x\n\nhello\n";
    let files = [
        ("c.yaml", RULES),
        ("r.http", REQUEST),
        ("up.http", response),
    ];
    let given = [
        "simulate",
        "header-mutation",
        "--config",
        "c.yaml",
        "--request",
        "r.http",
    ];
    hachure_with(&files, &[&given, more].concat())
}

#[test]
fn effects_are_told_in_order() {
    let answer = mutation(&[]);
    assert_eq!((answer.code, answer.err.as_str()), (0, ""));
    let expected = "\
request headers:
  1. set header x-tenant: acme
  => the request goes on to the upstream

the upstream gets:
  :method: GET
  :path: /orders
  :scheme: http
  :authority: api.example.com
+ x-tenant: acme
- x-tenant: a

give the upstream's answer with --response to see the response phase
";
    assert_eq!(answer.out, expected);
}

#[test]
fn a_response_goes_through_the_response_phase() {
    let answer = mutation(&["--response", "up.http"]);
    let expected = "\
the client gets:
  :status: 200
- x-powered-by: x

hello
";
    assert!(answer.out.ends_with(expected), "{}", answer.out);
    assert!(
        answer
            .out
            .contains("response headers:\n  1. remove header x-powered-by\n")
    );
}

#[test]
fn a_program_reads_the_same_as_json() {
    let seen = mutation(&[
        "--response",
        "up.http",
        "--now",
        "2026-01-31",
        "--output",
        "json",
    ])
    .json();
    assert_eq!(seen["now"], "2026-01-31T00:00:00Z");
    assert_eq!(seen["replied"], false);
    let effect = json!({"setHeader": {"name": "x-tenant", "value": "acme"}});
    assert_eq!(seen["phases"][0]["effects"], json!([effect]));
    assert_eq!(seen["upstream"]["headers"]["x-tenant"], "acme");
    assert_eq!(seen["client"]["body"], "hello\n");
}

#[test]
fn a_reply_is_shown_with_its_headers_and_counters() {
    let files = [("c.yaml", CORS), ("r.http", PREFLIGHT)];
    let given = [
        "simulate",
        "cors",
        "--config",
        "c.yaml",
        "--request",
        "r.http",
    ];
    let answer = hachure_with(&files, &given);
    assert_eq!(answer.code, 0, "{}", answer.err);
    for line in [
        "  => the filter answers 204 itself",
        "\nresponse headers:\n",
        "\n  access-control-allow-origin: https://app.example.com\n",
        "\ncounter hachure.cors.preflight.outcome.allowed +1\n",
    ] {
        assert!(answer.out.contains(line), "{line}: {}", answer.out);
    }
    assert!(!answer.out.contains("the upstream gets"), "{}", answer.out);
    let seen = hachure_with(&files, &[&given[..], &["--output", "json"]].concat()).json();
    assert_eq!(
        (&seen["replied"], &seen["upstream"]),
        (&json!(true), &json!(null))
    );
    assert_eq!(
        seen["counters"],
        json!({"hachure.cors.preflight.outcome.allowed": 1})
    );
}

#[test]
fn a_request_may_be_written_as_in_a_case_and_come_from_standard_input() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("c.yaml");
    std::fs::write(&config, RULES).unwrap();
    let config = config.to_str().unwrap();
    let request = "{headers: {\":method\": GET, \":path\": /a, x-b: [{hex: ff}, c]}, body: text}";
    let given = [
        "simulate",
        "header-mutation",
        "--request",
        "-",
        "--config",
        config,
    ];
    let answer = hachure_reading(Path::new("/"), &given, request);
    assert_eq!(answer.code, 0, "{}", answer.err);
    assert!(
        answer.out.contains("  x-b: \\xff\n  x-b: c\n"),
        "{}",
        answer.out
    );
    assert!(answer.out.contains("\n\ntext\n"), "{}", answer.out);
}

#[test]
fn the_config_may_stand_in_a_manifest() {
    let policy = "\
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: EnvoyExtensionPolicy
metadata: {name: a}
spec:
  wasm:
  - {name: one, rootID: cors, config: {origins: [\"https://app.example.com\"]}}
  - {name: two, rootID: cors, config: {origins: [\"https://b.example.com\"]}}
";
    let files = [("p.yaml", policy), ("r.http", PREFLIGHT)];
    let simulate = |filter| {
        [
            "simulate",
            filter,
            "--config",
            "p.yaml",
            "--request",
            "r.http",
        ]
    };
    let answer = hachure_with(&files, &simulate("cors"));
    assert_eq!(
        answer.err,
        "error: p.yaml holds several configs of cors (lines 6, 7): give one\n"
    );
    let answer = hachure_with(&files, &simulate("header-mutation"));
    assert_eq!(
        answer.err,
        "error: p.yaml holds no config of header-mutation\n"
    );
    let one = policy.lines().take(6).collect::<Vec<_>>().join("\n");
    let answer = hachure_with(
        &[("p.yaml", &one), ("r.http", PREFLIGHT)],
        &simulate("cors"),
    );
    assert!(
        answer.out.contains("=> the filter answers 204"),
        "{}{}",
        answer.out,
        answer.err
    );
}

#[test]
fn bad_input_is_one_clear_line() {
    let files = [
        ("c.yaml", CORS),
        ("bad.yaml", "origins: []\n"),
        ("r.http", PREFLIGHT),
        ("header.http", "GET / HTTP/1.1\nHost: a\nno colon\n"),
        ("shape.yaml", "headers: {\":method\": GET, x: 1}\n"),
        ("none.yaml", "headers: {a: b}\n"),
        ("status.http", "HTTP/1.1 99 x\n"),
    ];
    for (config, request, more, expected) in [
        (
            "no.yaml",
            "r.http",
            &[][..],
            "no.yaml: error: there is no such file\n",
        ),
        (
            "bad.yaml",
            "r.http",
            &[],
            "bad.yaml:1:10: error: cors: origins: expected ",
        ),
        (
            "c.yaml",
            "no.http",
            &[],
            "error: no.http: there is no such file\n",
        ),
        (
            "c.yaml",
            "header.http",
            &[],
            "error: header.http: line 3: expected `name: value`\n",
        ),
        (
            "c.yaml",
            "shape.yaml",
            &[],
            "error: shape.yaml:1:30: error: headers.x: expected ",
        ),
        (
            "c.yaml",
            "none.yaml",
            &[],
            "error: none.yaml: a request needs `:method`",
        ),
        (
            "-",
            "-",
            &[],
            "error: only one of --config, --request and --response",
        ),
        (
            "c.yaml",
            "r.http",
            &["--response", "status.http"],
            "error: status.http: line 1: expected a status from 200 to 599, found 99\n",
        ),
    ] {
        let given = ["simulate", "cors", "--config", config, "--request", request];
        let answer = hachure_with(&files, &[&given, more].concat());
        assert_eq!(
            (answer.code, answer.out.as_str()),
            (1, ""),
            "{config} {request}"
        );
        assert!(answer.err.starts_with(expected), "{}", answer.err);
        assert_eq!(answer.err.lines().count(), 1, "{}", answer.err);
    }
}

#[test]
fn a_time_that_is_none_is_wrong_usage() {
    let given = [
        "simulate",
        "cors",
        "--config",
        "c",
        "--request",
        "r",
        "--now",
        "noon",
    ];
    let answer = hachure_with(&[], &given);
    assert_eq!(answer.code, 2);
    assert!(
        answer
            .err
            .contains("expected a time as 2026-01-31T12:00:00Z"),
        "{}",
        answer.err
    );
}
