//! What the filters before and after make of it: preflights, errors that a browser may read, and
//! who sends the request.

use hachure_casefile::Message;
use hachure_e2e::{Gateway, request, setup};
use hachure_envoy::Route;
use hachure_testtoken::token;
use serde_json::{Value, json};

use crate::gate::config;

const ORIGIN: &str = "https://app.example.com";

/// CORS, tokens, and templates of what the token says.
fn gateway() -> Gateway {
    let mut tokens = config();
    let provider = &mut tokens["providers"][0];
    provider["publishClaims"] = json!(true);
    provider["consumer"] = json!({"name": "azp", "id": "sub", "labels": {"plan": "plan"}});
    let set = |name: &str, value: &str| {
        let remove = json!({"phase": "request", "operation": {"remove": {"name": name}}});
        let set = json!({"phase": "request", "operation": {"set": {"name": name, "value": value}}});
        [remove, set]
    };
    let rules: Vec<Value> = [
        set("x-city", "${claim.address.city}"),
        set("x-client", "${consumer.name}"),
        set("x-user", "${consumer.id}"),
        set("x-plan", "${consumer.label.plan}"),
    ]
    .concat();
    let cors = json!({"origins": [ORIGIN], "methods": ["GET"], "headers": ["authorization"]});
    let route = Route::prefix("/").to("upstream");
    let listener = Gateway::listener()
        .route(route)
        .filter(setup::wasm("cors", "cors", cors))
        .filter(setup::wasm("jwt-validation", "jwt", tokens))
        .filter(setup::wasm(
            "header-mutation",
            "headers",
            json!({"rules": rules}),
        ));
    Gateway::calling([], 1, listener)
}

fn with(token: &str) -> Message {
    let bearer = format!("Bearer {token}");
    let headers = [
        ("origin", ORIGIN),
        ("authorization", &bearer),
        ("x-plan", "forged"),
    ];
    request("GET", "/orders", &headers)
}

#[test]
fn claims_and_the_consumer_reach_templates() {
    let gateway = gateway();
    let claims = json!({
        "exp": 4_102_444_800_u64, "sub": "u-7", "azp": "shop", "plan": "gold & blue",
        "address": {"city": "Graz"},
    });
    let good = token(&json!({"key": "ec", "claims": claims})).unwrap();
    // The second time it is remembered.
    for _ in 0..2 {
        assert_eq!(gateway.send(&with(&good)).status(), 200);
        let seen = gateway.seen();
        let told = ["x-city", "x-client", "x-user", "x-plan"].map(|name| seen.text(name));
        assert_eq!(told, ["Graz", "shop", "u-7", "gold & blue"]);
        assert!(!seen.headers.contains("authorization"));
    }
}

#[test]
fn a_browser_reads_a_refusal_and_its_preflight_needs_no_token() {
    let gateway = gateway();
    let asked = [
        ("origin", ORIGIN),
        ("access-control-request-method", "GET"),
        ("access-control-request-headers", "authorization"),
    ];
    let answer = gateway.send(&request("OPTIONS", "/orders", &asked));
    assert_eq!(answer.status(), 204);
    assert_eq!(answer.text("access-control-allow-origin"), ORIGIN);
    let answer = gateway.send(&with("none.of.it"));
    assert_eq!(answer.status(), 401);
    assert_eq!(answer.text("access-control-allow-origin"), ORIGIN);
    assert!(answer.text("www-authenticate").starts_with("Bearer realm="));
}
