//! `ContourExtensionPolicy` on HTTPProxies.

use std::thread;
use std::time::{Duration, Instant};

use hachure_e2e::Received;
use hachure_e2e::cluster::objects;
use hachure_e2e::http1::Connection;
use serde_json::json;

use crate::load::Load;
use crate::stage::{NAMESPACE, Stage, policy};

/// From the object to its effect. The aim is 2 s, on a machine that has nothing else to do.
const EFFECT: Duration = Duration::from_secs(5);
/// Until when a connection that is older than a policy has been handed over.
const HANDOVER: Duration = Duration::from_secs(10);

fn header(answer: &Received) -> String {
    answer.text("x-policy")
}

pub(crate) fn a_policy_filters_the_routes_of_its_target_alone(stage: &mut Stage) {
    let proxies = ["filtered", "unfiltered"].map(|name| stage.proxy(name));
    proxies.iter().for_each(|proxy| stage.cluster.apply(proxy));
    for host in ["filtered.example.com", "unfiltered.example.com"] {
        stage.until(host, |answer| answer.status() == 200);
    }
    let policy = stage.policy("filtered", "one");
    let start = Instant::now();
    stage.cluster.apply(&policy);
    stage.until("filtered.example.com", |answer| header(answer) == "one");
    assert!(start.elapsed() < EFFECT, "{:?}", start.elapsed());
    for host in ["unfiltered.example.com", "always.example.com"] {
        let answer = stage.get(host).unwrap();
        assert_eq!((answer.status(), header(&answer).as_str()), (200, ""));
    }
    assert_eq!(stage.until_condition(&policy, "Accepted", "Accepted"), "");
    let message = stage.until_condition(&policy, "Programmed", "Programmed");
    assert_eq!(message, "taken by 1 of 1 Envoys");
    for rejected in ["lds.update_rejected", "rds.ingress_http.update_rejected"] {
        assert_eq!(stage.edge.stat(&format!("listener_manager.{rejected}")), 0);
    }
    stage.cluster.delete(&policy);
    stage.until("filtered.example.com", |answer| header(answer).is_empty());
    proxies.iter().for_each(|proxy| stage.cluster.delete(proxy));
}

pub(crate) fn a_policy_that_changes_or_goes_does_so_without_a_failed_request(stage: &mut Stage) {
    let host = "changing.example.com";
    let proxy = stage.proxy("changing");
    stage.cluster.apply(&proxy);
    stage.until(host, |answer| answer.status() == 200);
    let load = Load::start(stage, host);
    for value in ["one", "two", "three"] {
        stage.cluster.apply(&stage.policy("changing", value));
        stage.until(host, |answer| header(answer) == value);
    }
    stage.cluster.delete(&stage.policy("changing", ""));
    stage.until(host, |answer| header(answer).is_empty());
    // A few more requests see the end.
    thread::sleep(Duration::from_millis(200));
    let seen = load.end();
    let expected = ["", "one", "two", "three", ""].map(|value| (200, value.to_owned()));
    assert_eq!(seen, expected);
    stage.cluster.delete(&proxy);
}

pub(crate) fn a_connection_that_is_older_than_a_policy_is_never_unfiltered(stage: &mut Stage) {
    let host = "older.example.com";
    let proxy = stage.proxy("older");
    stage.cluster.apply(&proxy);
    stage.until(host, |answer| answer.status() == 200);
    let line = format!("GET / HTTP/1.1\r\nhost: {host}\r\n\r\n");
    let mut older = Connection::open(stage.edge.http(), line.as_bytes()).unwrap();
    assert_eq!(older.receive("GET").unwrap().status(), 200);
    let policy = stage.policy("older", "one");
    stage.cluster.apply(&policy);
    stage.until(host, |answer| header(answer) == "one");
    stage.until_condition(&policy, "Programmed", "Programmed");
    // Its connection manager has no filters. It is handed over a second after the new one serves.
    let start = Instant::now();
    let answer = loop {
        older.send(line.as_bytes()).unwrap();
        let answer = older.receive("GET").unwrap();
        if answer.status() != 200 {
            break answer;
        }
        assert!(start.elapsed() < HANDOVER, "unfiltered");
        thread::sleep(Duration::from_millis(50));
    };
    assert_eq!(answer.status(), 503);
    assert!(answer.body.starts_with(b"This connection is older"));
    // Other hosts are served on it as before.
    older
        .send(b"GET / HTTP/1.1\r\nhost: always.example.com\r\n\r\n")
        .unwrap();
    assert_eq!(older.receive("GET").unwrap().status(), 200);
    // One that has the filter keeps it when its config changes.
    let mut filtered = Connection::open(stage.edge.http(), line.as_bytes()).unwrap();
    assert_eq!(header(&filtered.receive("GET").unwrap()), "one");
    stage.cluster.apply(&stage.policy("older", "two"));
    stage.until(host, |answer| header(answer) == "two");
    thread::sleep(Duration::from_secs(2));
    filtered.send(line.as_bytes()).unwrap();
    assert_eq!(header(&filtered.receive("GET").unwrap()), "one");
    stage.cluster.delete(&policy);
    stage.until(host, |answer| header(answer).is_empty());
    older.send(line.as_bytes()).unwrap();
    assert_eq!(older.receive("GET").unwrap().status(), 200);
    stage.cluster.delete(&proxy);
}

pub(crate) fn a_bad_config_closes_what_was_never_good_and_keeps_what_was(stage: &mut Stage) {
    let host = "bad.example.com";
    let proxy = stage.proxy("bad");
    stage.cluster.apply(&proxy);
    stage.until(host, |answer| answer.status() == 200);
    let bad = policy("bad", &json!({"rulez": []}));
    stage.cluster.apply(&bad);
    let why = stage.until_condition(&bad, "Accepted", "Invalid");
    assert!(why.starts_with("spec.wasm[0].config.rulez: "), "{why}");
    stage.until(host, |answer| answer.status() == 503);
    stage.cluster.apply(&stage.policy("bad", "good"));
    stage.until(host, |answer| {
        answer.status() == 200 && header(answer) == "good"
    });
    stage.until_condition(&bad, "Programmed", "Programmed");
    stage.cluster.apply(&bad);
    stage.until_condition(&bad, "Accepted", "Invalid");
    let answer = stage.get(host).unwrap();
    assert_eq!((answer.status(), header(&answer).as_str()), (200, "good"));
    assert_eq!(stage.get("always.example.com").unwrap().status(), 200);
    stage.cluster.delete(&bad);
    stage.until(host, |answer| {
        answer.status() == 200 && header(answer).is_empty()
    });
    stage.cluster.delete(&proxy);
}

pub(crate) fn of_two_policies_on_one_target_the_older_counts(stage: &mut Stage) {
    let host = "twice.example.com";
    let proxy = stage.proxy("twice");
    stage.cluster.apply(&proxy);
    let older = stage.policy("twice", "older");
    stage.cluster.apply(&older);
    stage.until(host, |answer| header(answer) == "older");
    // Times of creation are whole seconds.
    thread::sleep(Duration::from_millis(1100));
    let mut newer = stage.policy("twice", "newer");
    let name = newer.pointer_mut("/metadata/name");
    *name.unwrap() = json!("another");
    stage.cluster.apply(&newer);
    let why = stage.until_condition(&newer, "Accepted", "Conflicted");
    assert_eq!(why, "shop/twice is older and has the same target");
    assert_eq!(header(&stage.get(host).unwrap()), "older");
    stage.cluster.delete(&older);
    stage.until(host, |answer| header(answer) == "newer");
    stage.until_condition(&newer, "Programmed", "Programmed");
    stage.cluster.delete(&newer);
    stage.until(host, |answer| header(answer).is_empty());
    stage.cluster.delete(&proxy);
}

pub(crate) fn an_ingress_is_a_target_too(stage: &mut Stage) {
    let host = "ingress.example.com";
    let ingress = objects::ingress(NAMESPACE, "ingress", host, "orders");
    // Of the same name as the Ingress, and none of the policy's.
    let proxy = objects::http_proxy(NAMESPACE, "ingress", "proxy.example.com", "orders");
    for object in [&ingress, &proxy] {
        stage.cluster.apply(object);
    }
    for host in [host, "proxy.example.com"] {
        stage.until(host, |answer| answer.status() == 200);
    }
    let mut policy = stage.policy("ingress", "one");
    let target = policy.pointer_mut("/spec/targetRefs/0");
    *target.unwrap() = json!({"group": "networking.k8s.io", "kind": "Ingress", "name": "ingress"});
    stage.cluster.apply(&policy);
    stage.until(host, |answer| header(answer) == "one");
    stage.until_condition(&policy, "Programmed", "Programmed");
    assert_eq!(header(&stage.get("proxy.example.com").unwrap()), "");
    for object in [&policy, &ingress, &proxy] {
        stage.cluster.delete(object);
    }
}
