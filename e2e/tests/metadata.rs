//! What Envoy answers a module that asks for dynamic metadata (`envoy.config.core.v3.Metadata`), as
//! native filters set it: the module `facts` (e2e/modules/facts) asks and tells.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "this is a test"
)]

use hachure_e2e::{Gateway, native, request, setup, token};
use hachure_envoy::{HttpFilter, Protocol, Route};
use serde_json::json;

/// A value of every kind that a struct has, set by a native filter.
fn set_metadata() -> HttpFilter {
    let value = json!({
        "text": "abc", "empty": "", "whole": 7, "part": 0.25, "true": true, "false": false,
        "null": null, "list": ["a", 1], "struct": {"inner": "x"}, "a.b": "dotted",
    });
    let kind = "type.googleapis.com/envoy.extensions.filters.http.set_metadata.v3.Config";
    let metadata = json!([{"metadata_namespace": "some.ns", "value": value}]);
    HttpFilter::native("set", json!({"@type": kind, "metadata": metadata}))
}

fn lua() -> HttpFilter {
    let code = "function envoy_on_request(h)
        h:streamInfo():dynamicMetadata():set('lua', 'text', 'from lua')
        h:streamInfo():dynamicMetadata():set('lua', 'number', 3)
    end";
    let kind = "type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua";
    let config = json!({"@type": kind, "default_source_code": {"inline_string": code}});
    HttpFilter::native("lua", config)
}

fn gateway() -> Gateway {
    let listener = Gateway::listener()
        .filter(set_metadata())
        .filter(native::jwt_authn(token::payload_provider()))
        .filter(lua())
        .filter(setup::wasm("facts", "facts", json!({})));
    let route = Route::prefix("/")
        .to("upstream")
        .configure(native::JWT_AUTHN, native::token_required());
    Gateway::start(Protocol::Http1, listener.route(route))
}

/// What Envoy answers for a path: bytes in hex, `-` where there is none, or the status with which
/// the request ended because Envoy failed to answer.
fn answer(gateway: &Gateway, path: &str) -> String {
    let authorization = format!("Bearer {}", token::rfc_7515());
    let headers = [
        ("authorization", authorization.as_str()),
        ("x-facts-read", path),
    ];
    let received = gateway.send(&request("GET", "/", &headers));
    let seen = gateway.upstream.take();
    match received.status() {
        200 => seen[0].text("x-facts-value"),
        other => other.to_string(),
    }
}

/// Where the path leads to: bytes, nothing, or a failure.
const ANSWERS: [(&str, &str); 16] = [
    // Strings as they are, one of them empty.
    ("some.ns|text", "616263"),
    ("some.ns|empty", ""),
    ("some.ns|struct|inner", "78"),
    ("some.ns|list|0", "61"),
    ("some.ns|a.b", "646f74746564"),
    ("lua|text", "66726f6d206c7561"),
    ("envoy.filters.http.jwt_authn|payload|iss", "6a6f65"),
    // Numbers and booleans as their memory, which could be a string's too.
    ("some.ns|whole", "0000000000001c40"),
    ("some.ns|true", "01"),
    (
        "envoy.filters.http.jwt_authn|payload|exp",
        "0000006d3b62d341",
    ),
    // Lists and structs as pairs, whose values have lost their kinds.
    ("some.ns|struct", "010000000500000001000000696e6e6572007800"),
    ("some.ns|gone", "-"),
    ("gone|text", "-"),
    ("some.ns|text|x", "-"),
    // `null` is no answer but a failure, and so is all that holds one.
    ("some.ns|null", "500"),
    ("some.ns", "500"),
];

#[test]
fn a_value_alone_has_lost_its_kind() {
    let gateway = gateway();
    for (path, expected) in ANSWERS {
        let path = format!("metadata|filter_metadata|{path}");
        assert_eq!(answer(&gateway, &path), expected, "{path}");
    }
    assert_eq!(answer(&gateway, "metadata|filter_metadata"), "500");
}

/// So a filter of ours reads `metadata`, all of it: the message itself, with a tag at each value.
#[test]
fn the_message_as_a_whole_keeps_every_kind() {
    let gateway = gateway();
    let message = answer(&gateway, "metadata");
    for (what, part) in [
        ("the text", "0a04746578741205 1a03616263"),
        ("the empty text", "0a05656d7074791202 1a00"),
        ("7", "0a0577686f6c651209 110000000000001c40"),
        ("0.25", "0a04706172741209 11000000000000d03f"),
        ("true", "0a04747275651202 2001"),
        ("false", "0a0566616c73651202 2000"),
        ("null", "0a046e756c6c1202 0800"),
        (
            "the list",
            "0a046c6973741212 32100a031a01610a0911000000000000f03f",
        ),
        (
            "the struct",
            "0a067374727563741210 2a0e0a0c0a05696e6e657212031a0178",
        ),
        ("what Lua set", "0a03 6c7561"),
        ("what jwt_authn verified", "0a03 697373 1205 1a03 6a6f65"),
    ] {
        let part = part.replace(' ', "");
        assert!(message.contains(&part), "{what}: {part} in {message}");
    }
}
