//! Where Wasm stands among Envoy Gateway's own filters, and what that means.

use hachure_e2e::cluster::envoy_gateway::objects::{self, Target};
use hachure_e2e::{Received, request};
use serde_json::{Value, json};

use crate::stage::{NAMESPACE, Stage, get, to};

const ORIGIN: &str = "https://app.example.com";

/// A key set that no token here is signed with.
const KEYS: &str = r#"{"keys":[{"crv":"P-256","kid":"demo","kty":"EC","x":"otpmgTQESB1C5WKjGA5X8pDvbOgRTv49Sp12YiOfxiE","y":"b8iOdv8X6BSS5u9gQkf0Gv1iDurLQ6XHD4n98wnzqII"}]}"#;

/// Envoy Gateway's own settings for a route.
fn security(route: &str, spec: Value) -> Value {
    objects::policy(
        "SecurityPolicy",
        NAMESPACE,
        route,
        &Target::route(route),
        spec,
    )
}

fn native_tokens() -> Value {
    let keys = json!({"type": "Inline", "inline": KEYS});
    json!({"jwt": {"providers": [{
        "name": "demo", "issuer": "https://id.example.com", "localJWKS": keys,
    }]}})
}

fn our_cors(stage: &Stage, route: &str) -> Value {
    let config = json!({"origins": [ORIGIN], "methods": ["PUT"]});
    stage.policy(route, &[stage.wasm("cors", &config)])
}

fn preflight(stage: &Stage, host: &str) -> Received {
    let headers = [("origin", ORIGIN), ("access-control-request-method", "PUT")];
    let sent = to(host, request("OPTIONS", "/", &headers));
    stage.send(&sent).unwrap()
}

fn until_preflight(stage: &Stage, host: &str, what: impl FnMut(&Received) -> bool) -> Received {
    let headers = [("origin", ORIGIN), ("access-control-request-method", "PUT")];
    stage.until(&to(host, request("OPTIONS", "/", &headers)), what)
}

/// The filters of the listener, in order, by type.
fn filters(stage: &Stage) -> Vec<String> {
    let config = stage.proxy.config();
    let mut found = vec![];
    collect(&config, &mut found);
    found.retain(|names| names.iter().any(|name| name.contains("wasm")));
    found.pop().unwrap()
}

fn collect(value: &Value, found: &mut Vec<Vec<String>>) {
    match value {
        Value::Object(members) => {
            if let Some(filters) = members.get("http_filters").and_then(Value::as_array) {
                let name = |filter: &Value| {
                    let name = filter["name"].as_str().unwrap_or_default();
                    name.split('/').next().unwrap_or_default().to_owned()
                };
                found.push(filters.iter().map(name).collect());
            }
            members.values().for_each(|member| collect(member, found));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        _ => {}
    }
}

pub(crate) fn wasm_stands_behind_authentication_and_before_authorization(stage: &mut Stage) {
    let route = stage.route("ordered");
    let mut spec = native_tokens();
    spec["cors"] = json!({"allowOrigins": [ORIGIN], "allowMethods": ["PUT"]});
    spec["authorization"] = json!({"defaultAction": "Deny"});
    let (own, ours) = (
        security("ordered", spec),
        stage.header_policy("ordered", "one"),
    );
    for object in [&route, &own, &ours] {
        stage.cluster.apply(object);
    }
    stage.until_condition(&own, "Accepted", "True");
    stage.until_condition(&ours, "Accepted", "True");
    stage.until(&get("ordered.example.com"), |answer| answer.status() == 401);
    let found = filters(stage);
    let place = |kind: &str| {
        let name = format!("envoy.filters.http.{kind}");
        let place = found.iter().position(|filter| *filter == name);
        place.unwrap_or_else(|| panic!("{kind} is not among {found:?}"))
    };
    let order = ["cors", "jwt_authn", "wasm", "rbac", "router"].map(place);
    assert!(order.is_sorted(), "{found:?}");
    for object in [&own, &ours, &route] {
        stage.cluster.delete(object);
    }
}

/// Envoy Gateway's own CORS answers preflights before any of ours: nothing of ours sees them.
pub(crate) fn native_cors_answers_before_ours(stage: &mut Stage) {
    let host = "preflight.example.com";
    let route = stage.route("preflight");
    let cors = json!({"cors": {"allowOrigins": [ORIGIN], "allowMethods": ["PUT"]}});
    let (own, ours) = (
        security("preflight", cors),
        stage.header_policy("preflight", "one"),
    );
    for object in [&route, &ours] {
        stage.cluster.apply(object);
    }
    until_preflight(stage, host, |answer| answer.text("x-policy") == "one");
    stage.cluster.apply(&own);
    let answer = until_preflight(stage, host, |answer| {
        !answer.text("access-control-allow-origin").is_empty()
    });
    assert_eq!(answer.status(), 200);
    // It is a local reply, which passes through the filters on its way back all the same.
    stage.orders.take();
    preflight(stage, host);
    assert!(stage.orders.take().is_empty());
    for object in [&own, &ours, &route] {
        stage.cluster.delete(object);
    }
}

/// A preflight carries no token, and native JWT asks for one before our CORS can answer. The
/// class's `filterOrder` moves all Wasm filters before it.
pub(crate) fn native_jwt_refuses_preflights_before_our_cors_unless_wasm_is_moved(
    stage: &mut Stage,
) {
    let host = "browser.example.com";
    let route = stage.route("browser");
    let (own, ours) = (
        security("browser", native_tokens()),
        our_cors(stage, "browser"),
    );
    for object in [&route, &ours] {
        stage.cluster.apply(object);
    }
    until_preflight(stage, host, |answer| answer.status() == 204);
    stage.cluster.apply(&own);
    until_preflight(stage, host, |answer| answer.status() == 401);
    let wasm_first = json!({"filterOrder": [
        {"name": "envoy.filters.http.wasm", "before": "envoy.filters.http.jwt_authn"},
    ]});
    let [moved, _] = objects::class(NAMESPACE, &wasm_first);
    stage.cluster.apply(&moved);
    until_preflight(stage, host, |answer| answer.status() == 204);
    // Whoever is refused by native JWT can be told so: our CORS saw the request.
    let sent = to(host, request("GET", "/", &[("origin", ORIGIN)]));
    let refused = stage.send(&sent).unwrap();
    assert_eq!(refused.status(), 401);
    assert_eq!(refused.text("access-control-allow-origin"), ORIGIN);
    let [as_before, _] = objects::class(NAMESPACE, &json!({}));
    stage.cluster.apply(&as_before);
    until_preflight(stage, host, |answer| answer.status() == 401);
    for object in [&own, &ours, &route] {
        stage.cluster.delete(object);
    }
}

/// What ours make of a request is what Envoy Gateway's `authorization` decides on.
pub(crate) fn authorization_decides_on_what_ours_have_changed(stage: &mut Stage) {
    let host = get("roles.example.com");
    let route = stage.route("roles");
    let role = json!({"name": "x-role", "values": ["admin"]});
    let rules = json!([{"action": "Allow", "principal": {"headers": [role]}}]);
    let spec = json!({"authorization": {"defaultAction": "Deny", "rules": rules}});
    let own = security("roles", spec);
    for object in [&route, &own] {
        stage.cluster.apply(object);
    }
    stage.until(&host, |answer| answer.status() == 403);
    let set = json!({"set": {"name": "x-role", "value": "admin"}});
    let config = json!({"rules": [{"phase": "request", "operation": set}]});
    let ours = stage.policy("roles", &[stage.wasm("header-mutation", &config)]);
    stage.cluster.apply(&ours);
    stage.until(&host, |answer| answer.status() == 200);
    for object in [&ours, &own, &route] {
        stage.cluster.delete(object);
    }
}
