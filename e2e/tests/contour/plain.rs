//! Without any policy.

use hachure_e2e::cluster::Edge;
use serde_json::Value;

use crate::stage::Stage;

pub(crate) fn a_request_reaches_its_service(stage: &mut Stage) {
    let proxy = stage.proxy("plain");
    stage.cluster.apply(&proxy);
    stage.until("plain.example.com", |answer| answer.status() == 200);
    let seen = stage.orders.take();
    assert!(seen.iter().all(|request| request.text(":path") == "/"));
    assert_eq!(stage.get("unknown.example.com").unwrap().status(), 404);
    let seen = stage.cluster.get(&proxy);
    let status = seen.pointer("/status/currentStatus");
    assert_eq!(status.and_then(|status| status.as_str()), Some("valid"));
    stage.cluster.delete(&proxy);
    stage.until("plain.example.com", |answer| answer.status() == 404);
}

pub(crate) fn without_policies_envoy_is_configured_as_by_contour_itself(stage: &mut Stage) {
    let hosts = ["one", "two"].map(|name| stage.proxy(name));
    hosts.iter().for_each(|proxy| stage.cluster.apply(proxy));
    for host in ["one.example.com", "two.example.com"] {
        stage.until(host, |answer| answer.status() == 200);
    }
    let direct = Edge::start(&stage.contour.xds());
    direct.wait_until(|envoy| envoy.stat("listener_manager.total_listeners_active") >= 3);
    let dumps = [&stage.edge, &direct].map(|envoy| comparable(envoy.config()));
    let [ours, contours] = dumps;
    assert!(ours.to_string().contains("two.example.com"));
    assert_eq!(ours, contours);
    drop(direct);
    hosts.iter().for_each(|proxy| stage.cluster.delete(proxy));
}

/// Listeners, routes and clusters that came over xDS, without versions and times. The bootstrap
/// differs in the port of the xDS server.
fn comparable(mut config: Value) -> Value {
    let kinds = [
        "ListenersConfigDump",
        "RoutesConfigDump",
        "ClustersConfigDump",
    ];
    let configs = config
        .get_mut("configs")
        .and_then(Value::as_array_mut)
        .unwrap();
    configs.retain(|config| {
        let kind = config
            .get("@type")
            .and_then(Value::as_str)
            .unwrap_or_default();
        kinds.iter().any(|name| kind.ends_with(name))
    });
    forget(&mut config);
    config
}

fn forget(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for name in [
                "version_info",
                "last_updated",
                "static_clusters",
                "client_status",
            ] {
                members.remove(name);
            }
            members.values_mut().for_each(forget);
        }
        Value::Array(items) => {
            items.iter_mut().for_each(forget);
            items.sort_by_key(Value::to_string);
        }
        _ => {}
    }
}
