//! What stands behind Services: EndpointSlices, and an address for those of load balancers.

use serde_json::{Value, json};

use super::node::Node;
use super::probe::number_of;
use super::read::{is_going, is_ready, list, members, selects, text};

/// The label with which a slice names its Service.
const SERVICE: &str = "kubernetes.io/service-name";

/// Writes the slices of all Services that select Pods, and returns all slices that there are.
///
/// # Errors
/// The API server does not do what is asked.
pub(super) fn reconcile(
    node: &Node,
    services: &[Value],
    pods: &[Value],
) -> Result<Vec<Value>, String> {
    let mut slices = node.api.all("discovery.k8s.io/v1", "EndpointSlice")?;
    for service in services {
        let selector = service.pointer("/spec/selector");
        if selector.is_none() {
            continue;
        }
        let same = |pod: &&Value| {
            text(pod, "/metadata/namespace") == text(service, "/metadata/namespace")
                && selects(selector, pod)
                && !text(pod, "/status/podIP").is_empty()
        };
        let selected: Vec<_> = pods.iter().filter(same).collect();
        let slice = slice(service, &selected);
        let now = slices.iter().position(|now| {
            ["namespace", "name"]
                .iter()
                .all(|member| now["metadata"][member] == slice["metadata"][member])
        });
        let old = now.and_then(|at| slices.get(at));
        if old.is_some_and(|old| {
            ["endpoints", "ports"]
                .iter()
                .all(|part| same_lists(old, &slice, part))
        }) {
            continue;
        }
        node.api.apply(&slice)?;
        match now.and_then(|at| slices.get_mut(at)) {
            Some(old) => *old = slice,
            None => slices.push(slice),
        }
    }
    Ok(slices)
}

fn same_lists(old: &Value, new: &Value, part: &str) -> bool {
    let path = format!("/{part}");
    list(old, &path) == list(new, &path)
}

fn slice(service: &Value, pods: &[&Value]) -> Value {
    let mut labels = service
        .pointer("/metadata/labels")
        .cloned()
        .unwrap_or(json!({}));
    labels[SERVICE] = service["metadata"]["name"].clone();
    let endpoints: Vec<_> = pods.iter().map(|pod| endpoint(pod)).collect();
    let ports: Vec<_> = list(service, "/spec/ports")
        .iter()
        .map(|port| port_of(port, pods.first().copied()))
        .collect();
    json!({
        "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
        "metadata": {
            "namespace": service["metadata"]["namespace"], "name": service["metadata"]["name"],
            "labels": labels,
            "ownerReferences": [{
                "apiVersion": "v1", "kind": "Service", "name": service["metadata"]["name"],
                "uid": service["metadata"]["uid"],
            }],
        },
        "addressType": "IPv4", "endpoints": endpoints, "ports": ports,
    })
}

fn endpoint(pod: &Value) -> Value {
    let serving = list(pod, "/status/conditions").iter().any(|condition| {
        text(condition, "/type") == "Ready" && text(condition, "/status") == "True"
    });
    json!({
        "addresses": [pod["status"]["podIP"]],
        "conditions": {"ready": is_ready(pod), "serving": serving, "terminating": is_going(pod)},
        "nodeName": pod["spec"]["nodeName"],
        "targetRef": {
            "kind": "Pod", "namespace": pod["metadata"]["namespace"],
            "name": pod["metadata"]["name"], "uid": pod["metadata"]["uid"],
        },
    })
}

/// A port of a Service as its Pods have it.
fn port_of(port: &Value, pod: Option<&Value>) -> Value {
    let target = port.get("targetPort").filter(|target| !target.is_null());
    let target = target
        .or_else(|| port.get("port"))
        .cloned()
        .unwrap_or_default();
    let containers = pod.map_or(&[][..], |pod| list(pod, "/spec/containers"));
    let found = containers
        .iter()
        .find_map(|container| number_of(container, &target));
    let number = found.map_or_else(|| target.clone(), |number| json!(number));
    let mut made = json!({"name": port["name"].as_str().unwrap_or_default(), "protocol": "TCP"});
    if number.is_u64() {
        made["port"] = number;
    }
    made
}

/// Gives each Service of a load balancer an address: that which it has in the cluster.
///
/// # Errors
/// The API server does not do what is asked.
pub(super) fn publish_addresses(node: &Node, services: &[Value]) -> Result<(), String> {
    for service in services {
        let wanted = text(service, "/spec/type") == "LoadBalancer";
        if wanted && members(service, "/status/loadBalancer").next().is_none() {
            let named = json!({"apiVersion": "v1", "kind": "Service", "metadata": {
                "namespace": service["metadata"]["namespace"], "name": service["metadata"]["name"],
            }});
            let ingress = json!([{"ip": service["spec"]["clusterIP"]}]);
            node.api
                .tell(&named, &json!({"loadBalancer": {"ingress": ingress}}))?;
        }
    }
    Ok(())
}
