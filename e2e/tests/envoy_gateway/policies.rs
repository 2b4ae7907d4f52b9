//! `EnvoyExtensionPolicy` on HTTPRoutes.

use std::thread::sleep;
use std::time::Duration;

use serde_json::{Value, json};

use crate::stage::{GATEWAY, NAMESPACE, Stage, get};
use hachure_e2e::cluster::envoy_gateway::objects::{self, Target};

/// How many updates of listeners Envoy has refused.
fn refused(stage: &Stage) -> u64 {
    stage.proxy.stat("listener_manager.lds.update_rejected")
}

/// A policy whose config its module refuses.
fn bad_policy(stage: &Stage, route: &str) -> Value {
    stage.policy(
        route,
        &[stage.wasm("header-mutation", &json!({"rulez": []}))],
    )
}

pub(crate) fn a_policy_filters_the_routes_of_its_target_alone(stage: &mut Stage) {
    let routes = ["filtered", "unfiltered"].map(|name| stage.route(name));
    routes.iter().for_each(|route| stage.cluster.apply(route));
    for host in ["filtered.example.com", "unfiltered.example.com"] {
        stage.until(&get(host), |answer| answer.status() == 200);
    }
    let policy = stage.header_policy("filtered", "one");
    stage.cluster.apply(&policy);
    let filtered = get("filtered.example.com");
    stage.until(&filtered, |answer| answer.text("x-policy") == "one");
    stage.until_condition(&policy, "Accepted", "True");
    let answer = stage.get("unfiltered.example.com").unwrap();
    assert_eq!(
        (answer.status(), answer.text("x-policy")),
        (200, String::new())
    );
    stage.cluster.apply(&stage.header_policy("filtered", "two"));
    stage.until(&filtered, |answer| answer.text("x-policy") == "two");
    stage.cluster.delete(&policy);
    stage.until(&filtered, |answer| answer.text("x-policy").is_empty());
    routes.iter().for_each(|route| stage.cluster.delete(route));
}

/// Envoy Gateway accepts it. Envoy, which has the module, refuses the listener with it: the new
/// policy's routes are open, and what others change is held up.
pub(crate) fn a_config_that_a_module_refuses_opens_routes_and_holds_up_others(stage: &mut Stage) {
    let routes = ["steady", "spoilt"].map(|name| stage.route(name));
    routes.iter().for_each(|route| stage.cluster.apply(route));
    stage.cluster.apply(&stage.header_policy("steady", "one"));
    let (steady, spoilt) = (get("steady.example.com"), get("spoilt.example.com"));
    stage.until(&steady, |answer| answer.text("x-policy") == "one");
    stage.until(&spoilt, |answer| answer.status() == 200);
    let before = refused(stage);
    let bad = bad_policy(stage, "spoilt");
    stage.cluster.apply(&bad);
    stage.until_condition(&bad, "Accepted", "True");
    stage.proxy.wait_until(|_| refused(stage) > before);
    assert!(
        stage
            .proxy
            .log()
            .contains("header-mutation: config refused: rulez: ")
    );
    assert_eq!(stage.send(&spoilt).unwrap().status(), 200);
    let changed = stage.header_policy("steady", "two");
    stage.cluster.apply(&changed);
    stage.until_condition(&changed, "Accepted", "True");
    let before = refused(stage);
    stage.proxy.wait_until(|_| refused(stage) >= before);
    sleep(Duration::from_secs(2));
    assert_eq!(stage.send(&steady).unwrap().text("x-policy"), "one");
    stage.cluster.delete(&bad);
    stage.until(&steady, |answer| answer.text("x-policy") == "two");
    stage.cluster.delete(&changed);
    routes.iter().for_each(|route| stage.cluster.delete(route));
}

pub(crate) fn a_module_of_another_digest_closes_its_routes(stage: &mut Stage) {
    let route = stage.route("digest");
    stage.cluster.apply(&route);
    let host = get("digest.example.com");
    stage.until(&host, |answer| answer.status() == 200);
    let mut policy = stage.header_policy("digest", "one");
    policy["spec"]["wasm"][0]["code"]["http"]["sha256"] = json!("0".repeat(64));
    stage.cluster.apply(&policy);
    let why = stage.until_condition(&policy, "Accepted", "False");
    assert!(why.contains("does not match"), "{why}");
    stage.until(&host, |answer| answer.status() == 500);
    stage.cluster.delete(&policy);
    stage.until(&host, |answer| answer.status() == 200);
    stage.cluster.delete(&route);
}

/// What no route matches is not filtered by a policy on the Gateway, and a route's own replaces it.
pub(crate) fn a_policy_on_the_gateway_filters_routes_without_their_own(stage: &mut Stage) {
    let routes = ["own", "none"].map(|name| stage.route(name));
    routes.iter().for_each(|route| stage.cluster.apply(route));
    let own = stage.header_policy("own", "own");
    let mut spec = stage.header_policy("any", "gateway")["spec"].take();
    spec.as_object_mut().unwrap().remove("targetRefs");
    let target = Target::gateway(GATEWAY);
    let whole = objects::policy("EnvoyExtensionPolicy", NAMESPACE, "whole", &target, spec);
    stage.cluster.apply(&own);
    stage.cluster.apply(&whole);
    let header = |value: &'static str| {
        move |answer: &hachure_e2e::Received| answer.text("x-policy") == value
    };
    stage.until(&get("none.example.com"), header("gateway"));
    stage.until(&get("own.example.com"), header("own"));
    let unknown = stage.get("unknown.example.com").unwrap();
    assert_eq!(
        (unknown.status(), unknown.text("x-policy").as_str()),
        (404, "")
    );
    for object in [&own, &whole].into_iter().chain(&routes) {
        stage.cluster.delete(object);
    }
}
