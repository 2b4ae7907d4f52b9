//! Deployments, DaemonSets and Jobs, and the Pods that they own.

use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::{Value, json};

use super::NODES;
use super::node::Node;
use super::read::{is_going, is_ready, number, text};
use super::rollout::{Has, Moves, Wanted, moves, share};

/// The label that tells the templates of a workload apart.
const REVISION: &str = "pod-template-hash";

/// Creates and deletes Pods so that there are those that the workloads ask for, and tells the
/// workloads what they have.
///
/// # Errors
/// The API server does not do what is asked.
pub(super) fn reconcile(node: &Node, pods: &[Value]) -> Result<(), String> {
    let mut owners = vec![];
    for (version, kind) in [
        ("apps/v1", "Deployment"),
        ("apps/v1", "DaemonSet"),
        ("batch/v1", "Job"),
    ] {
        for mut workload in node.api.all(version, kind)? {
            workload["apiVersion"] = json!(version);
            workload["kind"] = json!(kind);
            owners.push(text(&workload, "/metadata/uid").to_owned());
            let owned: Vec<_> = pods.iter().filter(|pod| owns(&workload, pod)).collect();
            match kind {
                "Deployment" => deployment(node, &workload, &owned)?,
                "DaemonSet" => daemon_set(node, &workload, &owned)?,
                _ => job(node, &workload, &owned)?,
            }
        }
    }
    // What has lost its owner goes.
    for pod in pods.iter().filter(|pod| !is_going(pod)) {
        let owner = text(pod, "/metadata/ownerReferences/0/uid");
        if !owner.is_empty() && !owners.iter().any(|known| known == owner) {
            delete(node, pod)?;
        }
    }
    Ok(())
}

fn owns(workload: &Value, pod: &Value) -> bool {
    text(pod, "/metadata/ownerReferences/0/uid") == text(workload, "/metadata/uid")
}

fn deployment(node: &Node, workload: &Value, owned: &[&Value]) -> Result<(), String> {
    let revision = revision(workload);
    let replicas = number(workload, "/spec/replicas").unwrap_or(1);
    let replicas = usize::try_from(replicas).unwrap_or(0);
    let limit = |member: &str, up| {
        let value = workload.pointer(&format!("/spec/strategy/rollingUpdate/{member}"));
        share(value, replicas, up).unwrap_or(0)
    };
    let (surge, unavailable) = (limit("maxSurge", true), limit("maxUnavailable", false));
    let wanted = Wanted {
        replicas,
        surge,
        // One of them has to move.
        unavailable: if surge == 0 {
            unavailable.max(1)
        } else {
            unavailable
        },
        revision: &revision,
    };
    let has: Vec<_> = owned
        .iter()
        .filter(|pod| !is_going(pod))
        .map(|pod| has(pod))
        .collect();
    let Moves { create, delete } = moves(wanted, &has);
    for _ in 0..create {
        self::create(node, workload, &revision, NODES[0])?;
    }
    for pod in owned
        .iter()
        .filter(|pod| delete.contains(&text(pod, "/metadata/name")))
    {
        self::delete(node, pod)?;
    }
    let ready = has.iter().filter(|pod| pod.ready).count();
    let updated = has.iter().filter(|pod| pod.revision == revision).count();
    let available = ready >= replicas.saturating_sub(unavailable);
    tell(
        node,
        workload,
        json!({
            "observedGeneration": workload["metadata"]["generation"],
            "replicas": has.len(), "updatedReplicas": updated,
            "readyReplicas": ready, "availableReplicas": ready,
            "unavailableReplicas": replicas.saturating_sub(ready),
            "conditions": [{
                "type": "Available", "status": if available { "True" } else { "False" },
                "reason": "Counted", "message": "",
            }],
        }),
    )
}

/// One Pod a node; in an update one node after the other has none for a while.
fn daemon_set(node: &Node, workload: &Value, owned: &[&Value]) -> Result<(), String> {
    let revision = revision(workload);
    let limit = workload.pointer("/spec/updateStrategy/rollingUpdate/maxUnavailable");
    let limit = share(limit, NODES.len(), true).unwrap_or(1).max(1);
    let count = |what: &dyn Fn(&Value) -> bool| owned.iter().filter(|pod| what(pod)).count();
    let ready = count(&|pod| is_ready(pod));
    let updated = count(&|pod| !is_going(pod) && has(pod).revision == revision);
    let mut spare = limit.saturating_sub(NODES.len().saturating_sub(ready));
    for name in NODES {
        let here = |pod: &&&Value| text(pod, "/spec/nodeName") == name;
        let Some(pod) = owned.iter().find(here) else {
            create(node, workload, &revision, name)?;
            continue;
        };
        let old = !is_going(pod) && has(pod).revision != revision;
        if old && (spare > 0 || !is_ready(pod)) {
            spare = spare.saturating_sub(1);
            delete(node, pod)?;
        }
    }
    tell(
        node,
        workload,
        json!({
            "observedGeneration": workload["metadata"]["generation"],
            "currentNumberScheduled": owned.len().min(NODES.len()), "numberMisscheduled": 0,
            "desiredNumberScheduled": NODES.len(), "updatedNumberScheduled": updated,
            "numberReady": ready, "numberAvailable": ready,
            "numberUnavailable": NODES.len() - ready,
        }),
    )
}

/// One Pod, once.
fn job(node: &Node, workload: &Value, owned: &[&Value]) -> Result<(), String> {
    let done = |phase: &str| owned.iter().any(|pod| text(pod, "/status/phase") == phase);
    if owned.is_empty() && number(workload, "/status/succeeded").is_none() {
        return create(node, workload, &revision(workload), NODES[0]);
    }
    if done("Succeeded") && number(workload, "/status/succeeded").is_none() {
        // That it is complete is told with conditions that go through several states: nobody here
        // waits for those.
        tell(node, workload, json!({"succeeded": 1}))?;
    }
    Ok(())
}

fn has(pod: &Value) -> Has<'_> {
    Has {
        name: text(pod, "/metadata/name"),
        revision: text(pod, &format!("/metadata/labels/{REVISION}")),
        ready: is_ready(pod),
    }
}

fn revision(workload: &Value) -> String {
    let mut hasher = DefaultHasher::new();
    workload["spec"]["template"].to_string().hash(&mut hasher);
    format!("{:x}", hasher.finish() & 0xffff_ffff)
}

/// Through the API, so that admission sees the Pod.
fn create(node: &Node, workload: &Value, revision: &str, on: &str) -> Result<(), String> {
    let template = &workload["spec"]["template"];
    let owner = text(workload, "/metadata/name");
    let name = format!("{owner}-{revision}-{}", node.number());
    let mut metadata = template["metadata"].clone();
    metadata["name"] = json!(name);
    metadata["namespace"] = workload["metadata"]["namespace"].clone();
    metadata["labels"][REVISION] = json!(revision);
    metadata["ownerReferences"] = json!([{
        "apiVersion": workload["apiVersion"], "kind": workload["kind"], "name": owner,
        "uid": workload["metadata"]["uid"], "controller": true,
    }]);
    let mut spec = template["spec"].clone();
    spec["nodeName"] = json!(on);
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec});
    node.api.create(&pod).map(drop)
}

/// In its own time: the Pod's worker sees that it is asked to go.
fn delete(node: &Node, pod: &Value) -> Result<(), String> {
    let metadata = json!({
        "namespace": pod["metadata"]["namespace"], "name": pod["metadata"]["name"],
    });
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": metadata});
    node.api.delete(&pod).map(drop)
}

fn tell(node: &Node, workload: &Value, status: Value) -> Result<(), String> {
    let now = workload.get("status");
    let known = status.as_object().is_some_and(|members| {
        members
            .iter()
            .all(|(name, value)| now.and_then(|now| now.get(name)) == Some(value))
    });
    if known {
        return Ok(());
    }
    node.api.tell(workload, &status).map(drop)
}
