//! To which routes a policy comes.

use hachure_e2e::Received;
use hachure_e2e::cluster::objects;
use serde_json::{Value, json};

use crate::stage::{NAMESPACE, PLATFORM, Stage};

fn header(answer: &Received) -> String {
    answer.text("x-policy")
}

/// An HTTPProxy of a host that includes others, each for its prefix, and has a route for the rest.
fn root(namespace: &str, name: &str, includes: &[(&str, &str)]) -> Value {
    let mut proxy = objects::http_proxy(namespace, name, &format!("{name}.example.com"), "orders");
    let includes = includes.iter().map(|(child, prefix)| {
        json!({"name": child, "namespace": NAMESPACE, "conditions": [{"prefix": prefix}]})
    });
    set(&mut proxy, "/spec", "includes", includes.collect());
    proxy
}

/// An HTTPProxy that is the root of no host.
fn child(stage: &Stage, name: &str) -> Value {
    let mut proxy = stage.proxy(name);
    let spec = proxy.pointer_mut("/spec").and_then(Value::as_object_mut);
    spec.unwrap().remove("virtualhost");
    proxy
}

fn set(object: &mut Value, at: &str, name: &str, value: Value) {
    let at = object.pointer_mut(at).and_then(Value::as_object_mut);
    at.unwrap().insert(name.to_owned(), value);
}

fn all(stage: &Stage, objects: &[&Value]) {
    objects
        .iter()
        .for_each(|object| stage.cluster.apply(object));
}

fn none(stage: &Stage, objects: &[&Value]) {
    objects
        .iter()
        .for_each(|object| stage.cluster.delete(object));
}

pub(crate) fn a_policy_on_the_root_covers_what_it_includes_on_its_host(stage: &mut Stage) {
    let one = root(NAMESPACE, "one-root", &[("shared", "/shared")]);
    let other = root(NAMESPACE, "other-root", &[("shared", "/shared")]);
    let shared = child(stage, "shared");
    all(stage, &[&one, &other, &shared]);
    let get = |host: &str, path: &str| stage.get_path(&format!("{host}.example.com"), path);
    for host in ["one-root", "other-root"] {
        stage.until_path(&format!("{host}.example.com"), "/shared/x", |answer| {
            answer.status() == 200
        });
    }
    let of_root = stage.policy("one-root", "root");
    stage.cluster.apply(&of_root);
    stage.until("one-root.example.com", |answer| header(answer) == "root");
    stage.until_condition(&of_root, "Programmed", "Programmed");
    assert_eq!(header(&get("one-root", "/shared/x").unwrap()), "root");
    for path in ["/", "/shared/x"] {
        assert_eq!(header(&get("other-root", path).unwrap()), "", "{path}");
    }
    // What is more specific replaces it, on every host, and the root's is told so.
    let of_child = stage.policy("shared", "child");
    stage.cluster.apply(&of_child);
    for host in ["one-root", "other-root"] {
        stage.until_path(&format!("{host}.example.com"), "/shared/x", |answer| {
            header(answer) == "child"
        });
    }
    let told = stage.until_condition(&of_root, "Overridden", "Overridden");
    assert_eq!(told, "on some of its routes there is shop/shared");
    assert_eq!(header(&get("one-root", "/").unwrap()), "root");
    stage.cluster.delete(&of_child);
    stage.until_path("one-root.example.com", "/shared/x", |answer| {
        header(answer) == "root"
    });
    none(stage, &[&of_root, &one, &other, &shared]);
    stage.until("one-root.example.com", |answer| answer.status() == 404);
}

pub(crate) fn an_enforced_policy_stands_before_what_is_more_specific(stage: &mut Stage) {
    let mut guarded = root(PLATFORM, "guarded", &[("tenant", "/tenant")]);
    // The Service is in the other namespace: all that this one has is what it includes.
    let spec = guarded.pointer_mut("/spec").and_then(Value::as_object_mut);
    spec.unwrap().remove("routes");
    let tenant = child(stage, "tenant");
    all(stage, &[&guarded, &tenant]);
    let host = "guarded.example.com";
    stage.until_path(host, "/tenant/x", |answer| answer.status() == 200);
    let append = |value: &str| {
        let append = json!({"append": {"name": "x-policy", "value": value}});
        json!({"rules": [{"phase": "response", "operation": append}]})
    };
    let mut enforced = stage.policy("guarded", "");
    set(&mut enforced, "/metadata", "namespace", json!(PLATFORM));
    set(&mut enforced, "/spec", "enforced", json!(true));
    set(&mut enforced, "/spec/wasm/0", "config", append("platform"));
    let mut own = stage.policy("tenant", "");
    set(&mut own, "/spec/wasm/0", "config", append("tenant"));
    all(stage, &[&enforced, &own]);
    // A response passes the filters from the last to the first.
    stage.until_path(host, "/tenant/x", |answer| {
        let values = answer.all("x-policy");
        values == ["tenant", "platform"]
    });
    stage.until_condition(&enforced, "Programmed", "Programmed");
    // Elsewhere it is refused, and what it was before stays.
    set(&mut own, "/spec", "enforced", json!(true));
    stage.cluster.apply(&own);
    let why = stage.until_condition(&own, "Accepted", "NotAllowed");
    assert!(why.starts_with("spec.enforced: "), "{why}");
    let answer = stage.get_path(host, "/tenant/x").unwrap();
    assert_eq!(answer.all("x-policy"), ["tenant", "platform"]);
    none(stage, &[&enforced, &own, &guarded, &tenant]);
    stage.until(host, |answer| answer.status() == 404);
}

pub(crate) fn labels_select_targets_as_they_come_and_go(stage: &mut Stage) {
    let mut proxy = stage.proxy("labelled");
    let host = "labelled.example.com";
    stage.cluster.apply(&proxy);
    stage.until(host, |answer| answer.status() == 200);
    let mut policy = stage.policy("labelled", "selected");
    let spec = policy.pointer_mut("/spec").and_then(Value::as_object_mut);
    spec.unwrap().remove("targetRefs");
    let selector = json!({
        "group": "projectcontour.io", "kind": "HTTPProxy", "matchLabels": {"tier": "gold"},
    });
    set(&mut policy, "/spec", "targetSelectors", json!([selector]));
    stage.cluster.apply(&policy);
    set(&mut proxy, "/metadata", "labels", json!({"tier": "gold"}));
    stage.cluster.apply(&proxy);
    stage.until(host, |answer| header(answer) == "selected");
    stage.until_condition(&policy, "Programmed", "Programmed");
    let mut newcomer = stage.proxy("newcomer");
    set(
        &mut newcomer,
        "/metadata",
        "labels",
        json!({"tier": "gold"}),
    );
    stage.cluster.apply(&newcomer);
    // From the first answer on it is filtered.
    let first = stage.until("newcomer.example.com", |answer| answer.status() == 200);
    assert_eq!(header(&first), "selected");
    // An older policy keeps its target.
    let mut later = stage.policy("newcomer", "named");
    set(&mut later, "/metadata", "name", json!("zz-later"));
    stage.sleep_a_second();
    stage.cluster.apply(&later);
    let why = stage.until_condition(&later, "Accepted", "Conflicted");
    assert_eq!(why, "shop/labelled is older and has the same target");
    set(&mut proxy, "/metadata", "labels", json!({"tier": "iron"}));
    stage.cluster.apply(&proxy);
    stage.until(host, |answer| header(answer).is_empty());
    none(stage, &[&policy, &later, &proxy, &newcomer]);
}

pub(crate) fn targets_that_cannot_be_are_told_and_nothing_broader_is_attached(stage: &mut Stage) {
    let proxy = stage.proxy("section");
    let host = "section.example.com";
    stage.cluster.apply(&proxy);
    stage.until(host, |answer| answer.status() == 200);
    let mut policy = stage.policy("section", "one");
    set(
        &mut policy,
        "/spec/targetRefs/0",
        "sectionName",
        json!("rule"),
    );
    stage.cluster.apply(&policy);
    let why = stage.until_condition(&policy, "Accepted", "UnsupportedValue");
    assert!(why.starts_with("sectionName is for the listeners"), "{why}");
    assert_eq!(header(&stage.get(host).unwrap()), "");
    let mut missing = stage.policy("nowhere", "one");
    set(&mut missing, "/metadata", "name", json!("missing"));
    stage.cluster.apply(&missing);
    let why = stage.until_condition(&missing, "Accepted", "TargetNotFound");
    assert_eq!(why, "there is no HTTPProxy shop/nowhere");
    // It is there as soon as its target is, before that answers anything.
    let nowhere = stage.proxy("nowhere");
    stage.cluster.apply(&nowhere);
    let first = stage.until("nowhere.example.com", |answer| answer.status() == 200);
    assert_eq!(header(&first), "one");
    stage.until_condition(&missing, "Accepted", "Accepted");
    stage.cluster.delete(&nowhere);
    stage.until_condition(&missing, "Accepted", "TargetNotFound");
    let tcp = json!({
        "apiVersion": "projectcontour.io/v1", "kind": "HTTPProxy",
        "metadata": {"namespace": NAMESPACE, "name": "tcp"},
        "spec": {
            "virtualhost": {"fqdn": "tcp.example.com", "tls": {"passthrough": true}},
            "tcpproxy": {"services": [{"name": "orders", "port": 80}]},
        },
    });
    let of_tcp = stage.policy("tcp", "one");
    all(stage, &[&tcp, &of_tcp]);
    let why = stage.until_condition(&of_tcp, "Accepted", "NoHTTPRoutes");
    assert_eq!(why, "it passes TCP on and has no HTTP routes");
    none(stage, &[&of_tcp, &tcp, &missing, &policy, &proxy]);
}

pub(crate) fn redirects_are_filtered_where_that_is_asked_for(stage: &mut Stage) {
    let mut proxy = stage.proxy("moved");
    let host = "moved.example.com";
    let redirect = json!([{"requestRedirectPolicy": {"hostname": "new.example.com"}}]);
    set(&mut proxy, "/spec", "routes", redirect);
    let mut policy = stage.policy("moved", "one");
    all(stage, &[&proxy, &policy]);
    stage.until_condition(&policy, "Programmed", "Programmed");
    let answer = stage.until(host, |answer| answer.status() == 302);
    assert_eq!(header(&answer), "");
    set(&mut policy, "/spec", "includeRedirects", json!(true));
    stage.cluster.apply(&policy);
    stage.until(host, |answer| {
        answer.status() == 302 && header(answer) == "one"
    });
    none(stage, &[&policy, &proxy]);
}
