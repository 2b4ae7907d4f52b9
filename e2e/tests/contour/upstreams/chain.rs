//! Two filters of one policy, each in a VM of its own.

use hachure_e2e::cluster::{Forward, namespace, objects};
use hachure_e2e::services::{OpenIdProvider, Shape};
use serde_json::{Value, json};

use super::{AUDIENCE, ISSUER, ask, policy_of, tokens, until};
use crate::stage::{NAMESPACE, Stage};

pub(crate) fn quotas_are_counted_by_the_consumer_of_a_token(stage: &mut Stage) {
    let host = "consumers.example.com";
    let provider = OpenIdProvider::start(ISSUER, Shape::Plain);
    let [at, ..] = namespace::SERVICES;
    let forward = Forward::start(at, provider.address());
    let proxy = stage.proxy("consumers");
    let service = objects::cluster_ip(NAMESPACE, "consumers-idp", forward.address());
    let port = forward.address().port();
    let upstreams = json!([{"name": "idp", "service": {"name": "consumers-idp", "port": port}}]);
    let quota = json!({"limits": [{
        "name": "three",
        "rate": {"limit": 3, "per": "24h"},
        "key": ["consumer"],
        "onMissingKey": "deny",
    }]});
    let filters = [("jwt-validation", tokens(&provider)), ("quota", quota)];
    let policy = policy_of("consumers", upstreams, &filters);
    for object in [&proxy, &service, &policy] {
        stage.cluster.apply(object);
    }
    let token = |name: &str| provider.token(AUDIENCE, &json!({"claims": {"sub": name}}));
    let status = |token: &str| ask(stage, host, token).0;
    let first = token("first");
    until(|| status(&first) == 200);
    stage.until_condition(&policy, "Programmed", "Programmed");
    // Each has a VM of its own, and only the one that names an upstream may call.
    let [tokens, quota] =
        [0, 1].map(|index| plugin(stage, &format!("hachure/shop/consumers/{index}/")));
    assert_eq!(tokens, ("hachure/shop/jwt-validation/1".to_owned(), true));
    assert_eq!(quota, ("hachure/shop/quota/1".to_owned(), false));
    let [ada, grace] = ["ada", "grace"].map(token);
    let asked = [&ada, &ada, &grace, &ada, &ada, &grace, &grace, &grace].map(|token| status(token));
    assert_eq!(asked, [200, 200, 200, 200, 429, 200, 200, 429]);
    // Another token of the same consumer has nothing left either.
    assert_eq!(status(&token("ada")), 429);
    assert_eq!(ask(stage, host, "none.of.it").0, 401);
    for object in [&policy, &service, &proxy] {
        stage.cluster.delete(object);
    }
}

/// The id of the VM of a filter whose name begins like that, and whether it may call upstreams.
fn plugin(stage: &Stage, name: &str) -> (String, bool) {
    let config = stage.edge.config();
    let plugin = find(&config, name).unwrap();
    let vm = &plugin["vm_config"];
    let allowed = &vm["capability_restriction_config"]["allowed_capabilities"];
    assert!(
        allowed.get("proxy_on_request_headers").is_some(),
        "{plugin}"
    );
    let id = vm["vm_id"].as_str().unwrap();
    (id.to_owned(), allowed.get("proxy_http_call").is_some())
}

/// The `PluginConfig` whose name begins like that.
fn find<'c>(config: &'c Value, name: &str) -> Option<&'c Value> {
    let begins = |value: &Value| value.as_str().is_some_and(|text| text.starts_with(name));
    match config {
        Value::Object(members) if members.contains_key("vm_config") && begins(&config["name"]) => {
            Some(config)
        }
        Value::Object(members) => members.values().find_map(|value| find(value, name)),
        Value::Array(items) => items.iter().find_map(|value| find(value, name)),
        _ => None,
    }
}
