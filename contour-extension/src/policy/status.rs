//! Status, as Gateway API's policies have it: a condition has a reason in one word, and a message.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use k8s_openapi::jiff::Timestamp;
use kube::api::{Patch, PatchParams};
use kube::{Api, Client, ResourceExt};
use serde_json::json;

use crate::policy::compile::owner;
use crate::policy::resource::{Ancestor, AncestorRef, ContourExtensionPolicy, Status};
use crate::policy::unresolved::Unresolved;
use crate::splice::Owner;

/// Who writes the status.
const CONTROLLER: &str = "hachure.dev/contour-extension";

/// What is said of one generation of a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// What is wrong with it; none where it is accepted.
    pub problem: Option<String>,
    /// What it refers to and does not get.
    pub unresolved: Option<Unresolved>,
    /// The targets that an older policy has, and which that is.
    pub conflicts: BTreeMap<Owner, String>,
    /// Whether Envoys have it.
    pub programmed: Programmed,
}

/// Whether Envoys have what a policy asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Programmed {
    /// Each of that many.
    Everywhere(usize),
    /// So many of so many.
    Pending(usize, usize),
    /// One has refused it, in these words.
    Refused(String),
    /// It cannot be carried out, for that reason.
    Never(&'static str),
}

/// Writes the status where it says something new.
///
/// # Errors
/// The API server does not take it; a policy that is gone is none.
pub async fn write(
    client: &Client,
    policy: &ContourExtensionPolicy,
    verdict: &Verdict,
) -> Result<(), kube::Error> {
    let namespace = policy.namespace().unwrap_or_default();
    let api: Api<ContourExtensionPolicy> = Api::namespaced(client.clone(), &namespace);
    let name = policy.name_any();
    let Some(now) = api.get_opt(&name).await? else {
        return Ok(());
    };
    let before = now.status.clone().unwrap_or_default();
    let status = status(policy, verdict, &before);
    if status == before {
        return Ok(());
    }
    let patch = Patch::Merge(json!({"status": status}));
    let patched = api
        .patch_status(&name, &PatchParams::default(), &patch)
        .await;
    match patched {
        Err(kube::Error::Api(why)) if why.code == 404 => Ok(()),
        patched => patched.map(drop),
    }
}

fn status(policy: &ContourExtensionPolicy, verdict: &Verdict, before: &Status) -> Status {
    let namespace = policy.namespace().unwrap_or_default();
    let ancestors = policy.spec.target_refs.iter().map(|target| {
        let older = verdict.conflicts.get(&owner(&namespace, target));
        let ancestor_ref = AncestorRef {
            group: target.group.clone(),
            kind: target.kind.name().to_owned(),
            namespace: namespace.clone(),
            name: target.name.clone(),
        };
        let before = before
            .ancestors
            .iter()
            .find(|ancestor| ancestor.ancestor_ref == ancestor_ref)
            .map_or(&[][..], |ancestor| &ancestor.conditions);
        Ancestor {
            conditions: conditions(policy, verdict, older, before),
            controller_name: CONTROLLER.to_owned(),
            ancestor_ref,
        }
    });
    Status {
        ancestors: ancestors.collect(),
    }
}

fn conditions(
    policy: &ContourExtensionPolicy,
    verdict: &Verdict,
    older: Option<&String>,
    before: &[Condition],
) -> Vec<Condition> {
    let conflict = older.map(|older| format!("{older} is older and has the same target"));
    let accepted = match (&verdict.problem, &conflict) {
        (Some(why), _) => (false, "Invalid", why.clone()),
        (None, Some(why)) => (false, "Conflicted", why.clone()),
        (None, None) => (true, "Accepted", String::new()),
    };
    let resolved = match &verdict.unresolved {
        Some(unresolved) => (false, unresolved.reason, unresolved.message.clone()),
        None => (true, "ResolvedRefs", String::new()),
    };
    let programmed = match &verdict.programmed {
        _ if conflict.is_some() => (false, "Conflicted", "an older policy counts".to_owned()),
        Programmed::Everywhere(count) => (
            true,
            "Programmed",
            format!("taken by {count} of {count} Envoys"),
        ),
        Programmed::Pending(have, all) => {
            (false, "Pending", format!("taken by {have} of {all} Envoys"))
        }
        Programmed::Refused(why) => (false, "Refused", format!("refused by Envoy: {why}")),
        Programmed::Never(why) => (false, "Invalid", (*why).to_owned()),
    };
    let condition = |name: &str, (holds, reason, message): (bool, &str, String)| {
        let status = if holds { "True" } else { "False" };
        let before = before.iter().find(|before| before.type_ == name);
        let since = before.filter(|before| before.status == status);
        Condition {
            type_: name.to_owned(),
            status: status.to_owned(),
            reason: reason.to_owned(),
            message,
            observed_generation: policy.metadata.generation,
            last_transition_time: since.map_or_else(
                || Time(Timestamp::now()),
                |before| before.last_transition_time.clone(),
            ),
        }
    };
    vec![
        condition("Accepted", accepted),
        condition("ResolvedRefs", resolved),
        condition("Programmed", programmed),
    ]
}
