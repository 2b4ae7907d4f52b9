//! Where filters stand, and where they must not lead.

use serde_json::{Value, json};

use crate::stage::{Stage, policy};

fn set(object: &mut Value, at: &str, name: &str, value: Value) {
    let at = object.pointer_mut(at).and_then(Value::as_object_mut);
    at.unwrap().insert(name.to_owned(), value);
}

/// The names of the HTTP filters of the listener for plain HTTP.
fn filters(stage: &Stage) -> Vec<String> {
    let config = stage.edge.config().to_string();
    let config: Value = serde_json::from_str(&config).unwrap();
    let mut names = vec![];
    collect(&config, &mut names);
    names
}

/// Those of the last connection manager that has some of ours.
fn collect(value: &Value, names: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            let filters = members.get("http_filters").and_then(Value::as_array);
            let found: Vec<_> = filters
                .into_iter()
                .flatten()
                .filter_map(|filter| filter.get("name")?.as_str().map(str::to_owned))
                .collect();
            if found.iter().any(|name| name.starts_with("hachure/")) {
                *names = found;
            }
            members.values().for_each(|value| collect(value, names));
        }
        Value::Array(items) => items.iter().for_each(|value| collect(value, names)),
        _ => {}
    }
}

pub(crate) fn filters_stand_where_their_catalogue_entry_says(stage: &mut Stage) {
    let proxy = stage.proxy("placed");
    stage.cluster.apply(&proxy);
    stage.until("placed.example.com", |answer| answer.status() == 200);
    let mut policy = stage.policy("placed", "one");
    let cors = stage.cors_policy("placed").pointer("/spec/wasm/0").cloned();
    let mut cors = cors.unwrap();
    set(&mut cors, "", "name", json!("cors"));
    // The list says nothing of the places: `cors` stands before the other one all the same.
    let list = policy
        .pointer_mut("/spec/wasm")
        .and_then(Value::as_array_mut);
    list.unwrap().push(cors);
    stage.cluster.apply(&policy);
    stage.until_condition(&policy, "Programmed", "Programmed");
    let names = filters(stage);
    assert_eq!(names.first().unwrap(), "hachure/shop/placed/1/cors");
    let [.., last, _router] = names.as_slice() else {
        panic!("{names:?}");
    };
    assert_eq!(last, "hachure/shop/placed/0/header-mutation");
    set(&mut policy, "/spec/wasm/1", "position", json!("last"));
    stage.cluster.apply(&policy);
    let why = stage.until_condition(&policy, "Accepted", "Invalid");
    let start = "spec.wasm[1].position: expected first or beforeAuth, because ";
    assert!(why.starts_with(start), "{why}");
    stage.cluster.delete(&policy);
    stage.cluster.delete(&proxy);
}

pub(crate) fn a_policy_that_leads_past_another_is_refused(stage: &mut Stage) {
    let host = "leads.example.com";
    let mut root = stage.proxy("leads");
    let include = json!([{"name": "guarded-part", "conditions": [{"prefix": "/guarded"}]}]);
    set(&mut root, "/spec", "includes", include);
    let mut part = stage.proxy("guarded-part");
    let spec = part.pointer_mut("/spec").and_then(Value::as_object_mut);
    spec.unwrap().remove("virtualhost");
    for object in [&root, &part] {
        stage.cluster.apply(object);
    }
    stage.until_path(host, "/guarded", |answer| answer.status() == 200);
    // What the client writes into a header becomes the path.
    let set_path = json!({"set": {"name": ":path", "value": "${request.header.x-path}"}});
    let rule = json!({"phase": "request", "operation": set_path, "allowUnsafe": true});
    let leads = policy("leads", &json!({"reroute": true, "rules": [rule]}));
    stage.cluster.apply(&leads);
    stage.until_condition(&leads, "Programmed", "Programmed");
    // As soon as there is something to get past, it is closed.
    let guard = stage.policy("guarded-part", "guard");
    stage.cluster.apply(&guard);
    let why = stage.until_condition(&leads, "Accepted", "RerouteUnsafe");
    assert!(
        why.contains("leads.example.com/guarded of HTTPProxy shop/guarded-part"),
        "{why}"
    );
    stage.until(host, |answer| answer.status() == 503);
    stage.until_path(host, "/guarded", |answer| {
        answer.status() == 200 && answer.text("x-policy") == "guard"
    });
    // Headers that no route is chosen by lead nowhere.
    let header = json!({"set": {"name": "x-tag", "value": "a"}});
    let harmless = policy(
        "leads",
        &json!({"rules": [{"phase": "request", "operation": header}]}),
    );
    stage.cluster.apply(&harmless);
    stage.until(host, |answer| answer.status() == 200);
    stage.until_condition(&harmless, "Accepted", "Accepted");
    for object in [&harmless, &guard, &root, &part] {
        stage.cluster.delete(object);
    }
}
