//! Two replicas.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::stage::{NAMESPACE, Stage};

const LEADER: &str = "contour_extension_leader";

/// Who has written Events about a policy, and their reasons.
fn events(stage: &Stage, policy: &str) -> BTreeSet<(String, String)> {
    let path = format!("/apis/events.k8s.io/v1/namespaces/{NAMESPACE}/events");
    let events = stage.cluster.list(&path).into_iter();
    let text = |event: &Value, pointer: &str| {
        let text = event.pointer(pointer).and_then(Value::as_str);
        text.unwrap_or_default().to_owned()
    };
    let about = events.filter(|event| text(event, "/regarding/name") == policy);
    about
        .map(|event| (text(&event, "/reportingInstance"), text(&event, "/reason")))
        .collect()
}

fn until_events(stage: &Stage, policy: &str, reasons: &[&str]) -> BTreeSet<String> {
    let start = std::time::Instant::now();
    loop {
        let events = events(stage, policy);
        let have: BTreeSet<_> = events.iter().map(|(_, reason)| reason.as_str()).collect();
        if reasons.iter().all(|reason| have.contains(reason)) {
            return events.into_iter().map(|(instance, _)| instance).collect();
        }
        assert!(start.elapsed().as_secs() < 20, "{events:?}");
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
}

pub(crate) fn one_of_two_writes_and_the_other_takes_over(stage: &mut Stage) {
    let mut second = stage.extension.replica(&stage.contour.xds());
    stage.extension.until_metric(LEADER, 1.0);
    assert_eq!(second.metric(LEADER), Some(0.0));
    let (proxy, policy) = (stage.proxy("led"), stage.policy("led", "one"));
    stage.cluster.apply(&proxy);
    stage.cluster.apply(&policy);
    stage.until_condition(&policy, "Programmed", "Programmed");
    let first = until_events(stage, "led", &["Accepted", "Programmed"]);
    assert_eq!(first.len(), 1, "{first:?}");

    // What ends gives its turn back.
    stage.extension.go_away();
    second.until_metric(LEADER, 1.0);
    stage.extension.come_back();
    assert_eq!(stage.extension.metric(LEADER), Some(0.0));
    let bad = crate::stage::policy("led", &serde_json::json!({"rulez": []}));
    stage.cluster.apply(&bad);
    stage.until_condition(&bad, "Accepted", "Invalid");
    let both = until_events(stage, "led", &["Invalid"]);
    assert_eq!(both.len(), 2, "{both:?}");

    // What is killed loses it when its time is over.
    second.kill();
    stage.extension.until_metric(LEADER, 1.0);
    stage.cluster.apply(&policy);
    stage.until_condition(&policy, "Programmed", "Programmed");
    stage.cluster.delete(&policy);
    stage.cluster.delete(&proxy);
}
