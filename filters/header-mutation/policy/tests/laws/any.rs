//! Messages and configs of every kind.

use hachure_exchange::HeaderMap;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

/// Names that messages carry and rules write.
const NAMES: [&str; 8] = [
    "x-a",
    "x-b",
    "x-route",
    "x-c-1",
    "set-cookie",
    "vary",
    "cookie",
    "content-length",
];
/// Names that need `allowUnsafe`, or that no rule may write.
const RISKY: [&str; 8] = [
    ":path",
    ":method",
    ":authority",
    "Host",
    ":scheme",
    ":status",
    "connection",
    "transfer-encoding",
];
const VALUES: [&str; 16] = [
    "v",
    "",
    "${request.header.x-a}",
    "${request.header.x-b|upper}-${request.query.q}",
    "${request.query.q}",
    "${request.cookie.c|default:none}",
    "${request.path}?${request.method}",
    "/p",
    "${request.header.x-a|urlencode}",
    "${request.header.x-c-1|base64}${source.ip}",
    "${request.host|sha256}",
    "${claim.c}",
    "${metadata.a.b}",
    "${claim.d.0 | urlencode}${consumer.label.plan}",
    "${consumer.name}-${request.query.q}",
    "200",
];

/// Bytes as clients may send them, and worse.
pub(crate) fn value() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        select(&["a", "b", "a, b", "c=1; c=2", "aXbX", "", "/p", "7"][..])
            .prop_map(|text| text.as_bytes().to_vec()),
        proptest::collection::vec(any::<u8>(), 0..12),
    ]
}

fn target() -> impl Strategy<Value = Vec<u8>> {
    let piece = select(
        &[
            "q=1",
            "q=%0D%0A",
            "b",
            "=",
            "q=+x",
            "%71=2",
            "utm_a=%ff",
            "",
            "q=%zz",
        ][..],
    );
    let path = select(
        &[
            "/", "/a/b", "/a%2Fb/", "/a/../b", "//a", "/a;b/c", "*", "/\u{e9}",
        ][..],
    );
    (
        path,
        proptest::option::of(proptest::collection::vec(piece, 0..6)),
    )
        .prop_map(|(path, query)| {
            let query = query
                .map(|pieces| format!("?{}", pieces.join("&")))
                .unwrap_or_default();
            format!("{path}{query}").into_bytes()
        })
}

/// A request with pseudo-headers and any others.
pub(crate) fn request() -> impl Strategy<Value = HeaderMap> {
    (
        target(),
        proptest::collection::vec((select(&NAMES[..]), value()), 0..10),
    )
        .prop_map(|(target, headers)| {
            let line = [
                (":method", b"GET".to_vec()),
                (":path", target),
                (":authority", b"api.example.com:8080".to_vec()),
                (":scheme", b"https".to_vec()),
            ];
            line.into_iter().chain(headers).collect()
        })
}

/// A response with any headers.
pub(crate) fn response() -> impl Strategy<Value = HeaderMap> {
    proptest::collection::vec((select(&NAMES[..]), value()), 0..10).prop_map(|headers| {
        [(":status", b"200".to_vec())]
            .into_iter()
            .chain(headers)
            .collect()
    })
}

fn name() -> impl Strategy<Value = &'static str> {
    prop_oneof![4 => select(&NAMES[..]), 1 => select(&RISKY[..])]
}

/// An operation on headers.
pub(crate) fn operation() -> impl Strategy<Value = Value> {
    let assign = select(
        &[
            "set",
            "setIfAbsent",
            "replaceIfPresent",
            "append",
            "appendCsv",
        ][..],
    );
    let assigned = (assign, name(), select(&VALUES[..]))
        .prop_map(|(key, name, value)| json!({key: {"name": name, "value": value}}));
    let moved = (select(&["rename", "copy"][..]), name(), name())
        .prop_map(|(key, from, to)| json!({key: {"from": from, "to": to}}));
    let matching = select(
        &[
            r#"{"prefix": "x-"}"#,
            r#"{"not": {"prefix": "x-"}}"#,
            r#"{"regex": ".*"}"#,
            r#"{"oneOf": [":path", "host", "x-a"]}"#,
        ][..],
    )
    .prop_map(|text| {
        let names: Value = serde_json::from_str(text).unwrap();
        json!({"removeMatching": {"name": names}})
    });
    let pattern = select(&["X", "(a)|(b)", "^", ".*", "[^a]+$"][..]);
    let replacement = select(
        &[
            "",
            "-${match.0}-",
            "${request.query.q}",
            "${match.0}${match.0}",
            "${claim.c}${consumer.id}",
        ][..],
    );
    let replaced = (name(), pattern, replacement).prop_map(|(name, pattern, replacement)| {
        json!({"regexReplace": {"name": name, "pattern": pattern, "replacement": replacement}})
    });
    let deduped = (name(), select(&["unique", "first", "last"][..]))
        .prop_map(|(name, keep)| json!({"dedupe": {"name": name, "keep": keep}}));
    let removed = name().prop_map(|name| json!({"remove": {"name": name}}));
    prop_oneof![4 => assigned, 2 => moved, 1 => matching, 2 => replaced, 1 => deduped, 1 => removed]
}

fn when() -> impl Strategy<Value = Value> {
    select(
        &[
            "{}",
            r#"{"method": {"oneOf": ["GET", "HEAD"]}}"#,
            r#"{"path": {"not": {"prefix": "/a"}}}"#,
            r#"{"path": {"regex": "/a.*"}}"#,
            r#"{"path": {"template": "/{x}/**"}, "host": {"suffix": ".example.com"}}"#,
            r#"{"query": [{"name": "q", "match": {"not": {"exact": "1"}}}]}"#,
            r#"{"requestHeaders": [{"name": "x-a", "match": {"regex": "a.*"}}]}"#,
        ][..],
    )
    .prop_map(|text| serde_json::from_str(text).unwrap())
}

/// A rule of one phase.
pub(crate) fn rule(phase: &'static str) -> impl Strategy<Value = Value> {
    let missing = select(&["skip", "empty"][..]);
    (when(), operation(), missing, any::<bool>()).prop_map(
        move |(when, operation, missing, bold)| {
            json!({
                "phase": phase,
                "when": when,
                "operation": operation,
                "ifMissing": missing,
                "allowUnsafe": bold,
            })
        },
    )
}
