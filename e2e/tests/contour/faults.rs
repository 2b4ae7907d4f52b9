//! What goes wrong around the extension.

use hachure_e2e::cluster::Edge;
use serde_json::{Value, json};

use crate::stage::Stage;

pub(crate) fn what_envoy_refuses_is_undone(stage: &mut Stage) {
    let hosts = ["kept", "spoilt"].map(|name| format!("{name}.example.com"));
    let [kept, spoilt] = &hosts;
    for name in ["kept", "spoilt"] {
        stage.cluster.apply(&stage.proxy(name));
    }
    hosts.iter().for_each(|host| {
        stage.until(host, |answer| answer.status() == 200);
    });
    let good = stage.policy("kept", "kept");
    stage.cluster.apply(&good);
    stage.until(kept, |answer| answer.text("x-policy") == "kept");
    // The same filter's module is read again for a listener that has it, and is none now.
    let cors = stage.cors_policy("spoilt");
    stage.extension.spoil_module("cors");
    stage.cluster.apply(&cors);
    let why = stage.until_condition(&cors, "Programmed", "Refused");
    assert!(why.starts_with("refused by Envoy: "), "{why}");
    assert!(stage.edge.stat("listener_manager.lds.update_rejected") > 0);
    // It was never good: closed. Nothing else is touched, and Contour's changes pass.
    stage.until(spoilt, |answer| answer.status() == 503);
    assert_eq!(stage.get(kept).unwrap().text("x-policy"), "kept");
    let later = stage.proxy("later");
    stage.cluster.apply(&later);
    stage.until("later.example.com", |answer| answer.status() == 200);
    stage.cluster.delete(&cors);
    stage.until(spoilt, |answer| answer.status() == 200);
    assert_eq!(stage.get(kept).unwrap().text("x-policy"), "kept");
    stage.cluster.delete(&good);
    for name in ["kept", "spoilt", "later"] {
        stage.cluster.delete(&stage.proxy(name));
    }
}

pub(crate) fn a_filter_that_cannot_run_lets_requests_pass_only_where_it_may(stage: &mut Stage) {
    stage.extension.spoil_module("cors");
    for (name, fail_open, status) in [("opened", true, 200), ("closed", false, 503)] {
        let host = format!("{name}.example.com");
        stage.cluster.apply(&stage.proxy(name));
        stage.until(&host, |answer| answer.status() == 200);
        let mut policy = stage.cors_policy(name);
        let filter = policy.pointer_mut("/spec/wasm/0");
        let filter = filter.and_then(Value::as_object_mut);
        filter.unwrap().insert("failOpen".into(), json!(fail_open));
        stage.cluster.apply(&policy);
        stage.until_condition(&policy, "Programmed", "Refused");
        stage.until(&host, |answer| answer.status() == status);
        stage.cluster.delete(&policy);
        stage.until(&host, |answer| answer.status() == 200);
        stage.cluster.delete(&stage.proxy(name));
    }
}

pub(crate) fn the_extension_goes_away_and_comes_back(stage: &mut Stage) {
    let host = "steady.example.com";
    let (proxy, policy) = (stage.proxy("steady"), stage.policy("steady", "one"));
    stage.cluster.apply(&proxy);
    stage.cluster.apply(&policy);
    stage.until(host, |answer| answer.text("x-policy") == "one");
    stage.extension.go_away();
    assert_eq!(stage.get(host).unwrap().text("x-policy"), "one");
    stage.cluster.apply(&stage.policy("steady", "two"));
    stage.extension.come_back();
    let mut seen = vec![];
    stage.until(host, |answer| {
        assert_eq!(answer.status(), 200);
        seen.push(answer.text("x-policy"));
        answer.text("x-policy") == "two"
    });
    seen.dedup();
    assert_eq!(seen, ["one", "two"]);
    stage.cluster.delete(&policy);
    stage.until(host, |answer| answer.text("x-policy").is_empty());
    stage.cluster.delete(&proxy);
}

pub(crate) fn what_was_good_is_served_after_a_restart_too(stage: &mut Stage) {
    let host = "restarted.example.com";
    let (proxy, good) = (stage.proxy("restarted"), stage.policy("restarted", "good"));
    stage.cluster.apply(&proxy);
    stage.cluster.apply(&good);
    stage.until_condition(&good, "Programmed", "Programmed");
    let generation = |object: &Value| object.pointer("/metadata/generation").unwrap().to_string();
    let taken = generation(&stage.cluster.get(&good));
    let bad = crate::stage::policy("restarted", &json!({"rulez": []}));
    // The update comes while nobody is there to see what it replaces.
    stage.extension.go_away();
    stage.cluster.apply(&bad);
    stage.extension.come_back();
    let why = stage.until_condition(&bad, "Accepted", "Invalid");
    assert!(why.contains("rulez"), "{why}");
    let served = stage.until_condition(&bad, "Programmed", "Invalid");
    assert_eq!(
        served,
        format!("the policy is not accepted; generation {taken} is served")
    );
    // An Envoy that has nothing from before gets it too.
    let another = Edge::start(&stage.extension.xds());
    another.wait_until(|edge| {
        let config = edge.config().to_string();
        config.contains("hachure/shop/restarted/0/header-mutation")
    });
    drop(another);
    let answer = stage.get(host).unwrap();
    assert_eq!(
        (answer.status(), answer.text("x-policy")),
        (200, "good".to_owned())
    );
    stage.cluster.delete(&bad);
    stage.until(host, |answer| answer.text("x-policy").is_empty());
    stage.cluster.delete(&proxy);
}

pub(crate) fn contour_goes_away_and_comes_back(stage: &mut Stage) {
    let host = "outage.example.com";
    let (proxy, policy) = (stage.proxy("outage"), stage.policy("outage", "one"));
    stage.cluster.apply(&proxy);
    stage.cluster.apply(&policy);
    stage.until(host, |answer| answer.text("x-policy") == "one");
    stage.contour.go_away();
    // A policy changes without Contour.
    stage.cluster.apply(&stage.policy("outage", "two"));
    stage.until(host, |answer| answer.text("x-policy") == "two");
    stage.contour.come_back();
    let later = stage.proxy("afterwards");
    stage.cluster.apply(&later);
    stage.until("afterwards.example.com", |answer| answer.status() == 200);
    assert_eq!(stage.get(host).unwrap().text("x-policy"), "two");
    stage.cluster.delete(&policy);
    stage.until(host, |answer| answer.text("x-policy").is_empty());
    stage.cluster.delete(&proxy);
    stage.cluster.delete(&later);
}
