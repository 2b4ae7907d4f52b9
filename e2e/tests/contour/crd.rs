//! What the API server takes for a policy.

use serde_json::{Value, json};

use crate::stage::Stage;

fn changed(policy: &Value, at: &str, value: Value) -> Value {
    let mut policy = policy.clone();
    let (parent, name) = at.rsplit_once('/').unwrap();
    match policy.pointer_mut(parent).unwrap() {
        Value::Array(list) => list.push(value),
        parent => {
            parent
                .as_object_mut()
                .unwrap()
                .insert(name.to_owned(), value);
        }
    }
    policy
}

pub(crate) fn the_api_server_refuses_what_cannot_be_right(stage: &mut Stage) {
    let good = stage.policy("schema", "one");
    let filter = good.pointer("/spec/wasm/0").cloned().unwrap();
    let gateway = json!({
        "group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "x", "sectionName": "web",
    });
    let selector = json!({
        "group": "networking.k8s.io", "kind": "Ingress", "matchLabels": {"a": "b"},
    });
    let mut selected = changed(&good, "/spec/targetSelectors", json!([selector]));
    let spec = selected.pointer_mut("/spec").and_then(Value::as_object_mut);
    spec.unwrap().remove("targetRefs");
    for right in [
        good.clone(),
        changed(&good, "/spec/targetRefs/-", gateway),
        changed(&good, "/spec/enforced", json!(true)),
        changed(&good, "/spec/wasm/0/position", json!("beforeAuth")),
        selected.clone(),
    ] {
        let taken = stage.cluster.try_apply(&right);
        assert_eq!(taken, Ok(()), "{right}");
        stage.cluster.delete(&right);
    }
    let mut without = good.clone();
    let spec = without.pointer_mut("/spec").and_then(Value::as_object_mut);
    spec.unwrap().remove("targetRefs");
    for (wrong, why) in [
        (without, "targetRefs or targetSelectors is needed"),
        (
            changed(&good, "/spec/targetRefs", json!([])),
            "targetRefs or targetSelectors is needed",
        ),
        (
            changed(
                &good,
                "/spec/targetRefs/0/group",
                json!("networking.k8s.io"),
            ),
            "the group is not that of the kind",
        ),
        (
            changed(
                &selected,
                "/spec/targetSelectors/0/kind",
                json!("HTTPRoute"),
            ),
            "the group is not that of the kind",
        ),
        (
            changed(&selected, "/spec/targetSelectors/0/matchLabels", json!({})),
            "at least 1",
        ),
        (
            changed(&good, "/spec/targetRefs/0/kind", json!("Service")),
            "Unsupported value",
        ),
        (
            changed(&good, "/spec/targetRefs/0/name", json!("")),
            "at least 1",
        ),
        (changed(&good, "/spec/wasm", json!([])), "at least 1"),
        (
            changed(&good, "/spec/wasm/-", filter),
            "the names of filters are unique",
        ),
        (
            changed(&good, "/spec/wasm/0/position", json!("middle")),
            "Unsupported value",
        ),
        (
            changed(&good, "/spec/wasm/0/config", json!("text")),
            "expected map",
        ),
    ] {
        let refused = stage.cluster.try_apply(&wrong).unwrap_err();
        assert!(refused.contains(why), "{why}: {refused}");
    }
}
