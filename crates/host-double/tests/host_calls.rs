//! What each filter's hot path costs in calls of the host: golden counts, so that a change which
//! adds a crossing is seen.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "this is a test"
)]

use hachure_host_double::{Costs, Double, Fields};
use hachure_registry::policies::{Cors, HeaderMutation, JwtValidation, Quota, VersionRewrite};
use serde_json::json;

/// An ordinary request with ten headers, and an ordinary response.
fn request(path: &str) -> Fields {
    Fields::from([
        (":authority", "api.example.com"),
        (":path", path),
        (":method", "GET"),
        (":scheme", "https"),
        ("accept", "application/json"),
        ("accept-language", "en"),
        ("user-agent", "test"),
        ("x-forwarded-proto", "https"),
        ("x-request-id", "0c1d2e3f-0000-4000-8000-000000000000"),
        ("cookie", "a=b"),
    ])
}

fn response() -> Fields {
    Fields::from([
        (":status", "200"),
        ("content-type", "application/json"),
        ("content-length", "2"),
        ("date", "Mon, 23 Nov 2026 08:00:00 GMT"),
    ])
}

/// The costs of one request and its response, after one that warms up.
fn costs(start: fn(), config: &str, request: &Fields) -> Costs {
    let double = Double::new().plugin_config(config);
    let vm = double.start(start).unwrap();
    for _ in 0..2 {
        vm.forget_costs();
        let stream = vm.stream();
        stream.request_headers(request.clone(), true);
        stream
            .response_headers(response(), false)
            .response_body("{}", true);
        assert!(stream.client().ended);
    }
    vm.costs()
}

#[track_caller]
fn assert_costs(costs: &Costs, calls: &[(&'static str, u64)], bytes: (u64, u64)) {
    let seen: Vec<_> = costs
        .calls
        .iter()
        .map(|(name, count)| (*name, *count))
        .collect();
    assert_eq!(
        (seen.as_slice(), (costs.bytes_in, costs.bytes_out)),
        (calls, bytes)
    );
}

#[test]
fn header_mutation_of_one_header_each_way() {
    let config = r#"{"rules": [
        {"phase": "request", "operation": {"set": {"name": "x-tenant", "value": "acme"}}},
        {"phase": "response", "operation": {"set": {"name": "x-served-by", "value": "hachure"}}}
    ]}"#;
    let costs = costs(
        hachure_host::start::<HeaderMutation>,
        config,
        &request("/orders"),
    );
    assert_costs(&costs, &[("proxy_replace_header_map_value", 2)], (30, 0));
}

const CORS: &str = r#"{"origins": ["https://app.example.com"], "methods": ["GET"]}"#;

#[test]
fn cors_on_a_request_without_an_origin() {
    let costs = costs(hachure_host::start::<Cors>, CORS, &request("/orders"));
    let calls = [
        ("proxy_get_header_map_value", 5),
        ("proxy_replace_header_map_value", 1),
    ];
    assert_costs(&costs, &calls, (108, 0));
}

#[test]
fn cors_on_a_simple_request() {
    let mut request = request("/orders");
    request.add(b"origin", b"https://app.example.com");
    let costs = costs(hachure_host::start::<Cors>, CORS, &request);
    let calls = [
        ("proxy_get_header_map_value", 6),
        ("proxy_increment_metric", 1),
        ("proxy_replace_header_map_value", 2),
    ];
    assert_costs(&costs, &calls, (187, 23));
}

#[test]
fn version_rewrite_of_a_path() {
    let config = r#"{
        "sources": [{"path": {"template": "/v{version}"}}],
        "versions": [{"name": "1", "upstream": {"path": {"prefix": "/legacy"}}}],
        "reroute": true
    }"#;
    let costs = costs(
        hachure_host::start::<VersionRewrite>,
        config,
        &request("/v1/orders/7"),
    );
    let calls = [
        ("proxy_get_header_map_value", 1),
        ("proxy_get_property", 1),
        ("proxy_increment_metric", 1),
        ("proxy_replace_header_map_value", 2),
        ("proxy_set_property", 2),
    ];
    assert_costs(&costs, &calls, (105, 12));
}

/// A token of the test keys, until 2100.
fn token() -> String {
    let claims = json!({"iss": "https://issuer.example", "aud": "api", "sub": "u-7",
        "exp": 4_102_444_800_u64});
    let spec = json!({"key": "ec", "claims": claims});
    format!("Bearer {}", hachure_testtoken::token(&spec).unwrap())
}

#[test]
fn jwt_validation_of_a_token_that_it_remembers() {
    let keys = hachure_testtoken::key_set(&json!(["ec"])).unwrap();
    let config = json!({"providers": [{"name": "p", "issuer": "https://issuer.example",
        "audiences": ["api"], "keys": {"inline": keys}}]});
    let mut request = request("/orders");
    request.add(b"authorization", token().as_bytes());
    let costs = costs(
        hachure_host::start::<JwtValidation>,
        &config.to_string(),
        &request,
    );
    let calls = [
        ("proxy_get_current_time_nanoseconds", 1),
        ("proxy_get_header_map_value", 1),
        ("proxy_get_property", 1),
        ("proxy_increment_metric", 1),
        ("proxy_remove_header_map_value", 1),
        ("proxy_set_property", 1),
    ];
    assert_costs(&costs, &calls, (61, 250));
}

#[test]
fn quota_of_one_local_rate() {
    let config = r#"{"limits": [{"name": "all", "rate": {"limit": 1000, "per": "1s"}}]}"#;
    let costs = costs(hachure_host::start::<Quota>, config, &request("/orders"));
    let calls = [
        ("proxy_add_header_map_value", 2),
        ("proxy_get_current_time_nanoseconds", 1),
        ("proxy_get_shared_data", 1),
        ("proxy_increment_metric", 1),
        ("proxy_set_shared_data", 1),
    ];
    assert_costs(&costs, &calls, (120, 24));
}

/// The claims and the metadata are each read once, however many rules name them.
#[test]
fn header_mutation_of_what_other_filters_tell() {
    let config = r#"{"rules": [
        {"phase": "request", "operation": {"set": {"name": "x-a", "value": "${claim.a}${claim.b}"}}},
        {"phase": "request", "operation": {"set": {"name": "x-b", "value": "${claim.b | default:x}"}}},
        {"phase": "request", "operation": {"set": {"name": "x-c", "value": "${metadata.a.b | default:x}"}}},
        {"phase": "request", "operation": {"set": {"name": "x-d", "value": "${metadata.a.c | default:x}"}}}
    ]}"#;
    let costs = costs(
        hachure_host::start::<HeaderMutation>,
        config,
        &request("/orders"),
    );
    let calls = [
        ("proxy_get_property", 2),
        ("proxy_increment_metric", 1),
        ("proxy_replace_header_map_value", 3),
    ];
    assert_costs(&costs, &calls, (34, 0));
}
