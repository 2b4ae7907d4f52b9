//! What goes wrong around the extension.

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
