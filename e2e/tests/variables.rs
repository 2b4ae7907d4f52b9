//! Who sends a request, as the filter before tells and header-mutation writes: our own, and Envoy's.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "this is a test"
)]

use hachure_e2e::{Gateway, native, request, setup, token};
use hachure_envoy::{HttpFilter, Listener, Route, WasmFilter};
use hachure_testtoken::key_set;
use serde_json::{Value, json};

/// 2100-01-01T00:00:00Z.
const FAR: u64 = 4_102_444_800;

fn jwt_validation() -> WasmFilter {
    let config = json!({"providers": [{
        "name": "p",
        "issuer": "https://issuer.example",
        "audiences": ["https://api.example.com"],
        "keys": {"inline": key_set(&json!(["ec"])).unwrap()},
        "publishClaims": true,
        "consumer": {"name": "azp", "id": "sub", "labels": {"plan": "app.plan"}},
    }]});
    setup::wasm("jwt-validation", "jwt", config)
}

/// A token of our issuer with these claims beside the registered ones.
fn bearer(mut claims: Value) -> String {
    claims["iss"] = json!("https://issuer.example");
    claims["aud"] = json!("https://api.example.com");
    claims["exp"] = json!(FAR);
    let token = json!({"key": "ec", "header": {"alg": "ES256", "kid": "ec"}, "claims": claims});
    format!("Bearer {}", hachure_testtoken::token(&token).unwrap())
}

/// Takes away what the client sent under the name, and writes the value.
fn rules(values: &[(&str, &str)]) -> WasmFilter {
    let rule = |operation: Value| json!({"phase": "request", "operation": operation});
    let rules = values.iter().flat_map(|(name, value)| {
        let set = json!({"set": {"name": name, "value": value}});
        [rule(json!({"remove": {"name": name}})), rule(set)]
    });
    let rules: Vec<_> = rules.collect();
    setup::wasm("header-mutation", "headers", json!({"rules": rules}))
}

fn behind(first: HttpFilter, values: &[(&str, &str)], route: Route) -> Gateway {
    let listener: Listener = Gateway::listener().filter(first).filter(rules(values));
    Gateway::calling([], 2, listener.route(route))
}

const VALUES: [(&str, &str); 5] = [
    ("x-consumer", "${consumer.name}"),
    ("x-consumer-id", "${consumer.id}"),
    ("x-plan", "${consumer.label.plan}"),
    ("x-city", "${claim.address.city}"),
    ("x-name", "${claim.name}"),
];

/// What the upstream gets of [`VALUES`], of a client that forges all of them.
fn written(gateway: &Gateway, authorization: &str) -> [String; 5] {
    let mut headers = vec![("authorization", authorization)];
    headers.extend(VALUES.map(|(name, _)| (name, "forged")));
    let received = gateway.send(&request("GET", "/", &headers));
    assert_eq!(received.status(), 200, "{received:?}");
    let seen = gateway.upstream.take();
    VALUES.map(|(name, _)| seen[0].all(name).join(" and "))
}

#[test]
fn a_verified_token_is_told_and_a_client_tells_nothing() {
    let route = Route::prefix("/").to("upstream");
    let gateway = behind(jwt_validation().into(), &VALUES, route);
    let acme = bearer(json!({
        "sub": "u-7", "azp": "acme", "name": "Ada", "app": {"plan": "gold"},
        "address": {"city": "Graz"},
    }));
    // Twice: the second time out of the token cache.
    for _ in 0..2 {
        let seen = written(&gateway, &acme);
        assert_eq!(seen, ["acme", "u-7", "gold", "Graz", "Ada"]);
    }
    let other = bearer(json!({"sub": "u-8", "azp": "other", "name": "a\r\nx-admin: 1"}));
    assert_eq!(written(&gateway, &other), ["other", "u-8", "", "", ""]);
    let foreign = bearer(json!({"sub": "u-9", "azp": "third", "name": "Zo\u{eb}"}));
    assert_eq!(written(&gateway, &foreign), ["third", "u-9", "", "", ""]);
    let skipped = gateway
        .envoy()
        .stats(r"header-mutation\.skipped\.cause\.invalid")
        .unwrap();
    assert_eq!(skipped.values().sum::<u64>(), 2, "{skipped:?}");
}

#[test]
fn envoys_own_filter_tells_its_claims_as_metadata() {
    const PAYLOAD: &str = "${metadata.'envoy.filters.http.jwt_authn'.payload.";
    let value = |path: &str| format!("{PAYLOAD}{path}}}");
    let values = [
        ("x-issuer", value("iss")),
        ("x-until", value("exp")),
        ("x-sub", value("sub")),
    ];
    let values = values
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    let route = Route::prefix("/")
        .to("upstream")
        .configure(native::JWT_AUTHN, native::token_required());
    let gateway = behind(native::jwt_authn(token::payload_provider()), &values, route);
    let authorization = format!("Bearer {}", token::rfc_7515());
    let headers = [
        ("authorization", authorization.as_str()),
        ("x-sub", "forged"),
    ];
    assert_eq!(gateway.send(&request("GET", "/", &headers)).status(), 200);
    let seen = gateway.upstream.take();
    let told = ["x-issuer", "x-until", "x-sub"].map(|name| seen[0].text(name));
    assert_eq!(told, ["joe", "1300819380", ""]);
}
