//! Status, as Gateway API's policies have it: a condition has a reason in one word, and a message.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use k8s_openapi::jiff::Timestamp;
use kube::api::{Patch, PatchParams};
use kube::{Api, Client, ResourceExt};
use serde_json::json;

use crate::attachment::Target;
use crate::policy::resource::{Ancestor, AncestorRef, ContourExtensionPolicy, Status, TargetKind};
use crate::policy::{Problem, last_good};

/// Who writes the status.
pub(crate) const CONTROLLER: &str = "hachure.dev/contour-extension";
/// Of how many targets a status tells, as in Gateway API.
const ANCESTORS: usize = 16;

/// What is said of one generation of a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// What is wrong with it; none where it is accepted.
    pub problem: Option<Problem>,
    /// What is to be told of one that is accepted.
    pub remarks: Vec<String>,
    /// Its targets, in the order in which they are told.
    pub targets: Vec<Target>,
    /// Those that are not accepted.
    pub refused: BTreeMap<Target, Problem>,
    /// Those of which there is something to say.
    pub notes: BTreeMap<Target, String>,
    /// On whose routes other policies stand in its place, and which.
    pub overridden: BTreeMap<Target, BTreeSet<String>>,
    /// Whether Envoys have it.
    pub programmed: Programmed,
}

impl Verdict {
    /// Nothing is wrong with the policy, and no older one has one of its targets.
    pub fn is_accepted(&self) -> bool {
        self.problem.is_none() && self.refused.is_empty()
    }

    /// Every connected Envoy has it.
    pub fn is_programmed(&self) -> bool {
        matches!(self.programmed, Programmed::Everywhere(_))
    }
}

/// Whether Envoys have what a policy asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Programmed {
    /// Each of that many.
    Everywhere(usize),
    /// So many of so many.
    Pending(usize, usize),
    /// One has refused it, in these words; that generation is served in its place, if one is.
    Refused(String, Option<i64>),
    /// It is not accepted, and what every Envoy had last is served: that generation.
    Older(i64),
    /// It is not accepted, and no other was before.
    Never,
}

/// A status before and after it was written.
pub(crate) type Change = (Status, Status);

/// Writes the status where it says something new, and returns what has changed.
///
/// # Errors
/// The API server does not take it; a policy that is gone is none.
pub(crate) async fn write(
    client: &Client,
    policy: &ContourExtensionPolicy,
    verdict: &Verdict,
) -> Result<Option<Change>, kube::Error> {
    let namespace = policy.namespace().unwrap_or_default();
    let api: Api<ContourExtensionPolicy> = Api::namespaced(client.clone(), &namespace);
    let name = policy.name_any();
    let Some(now) = api.get_opt(&name).await? else {
        return Ok(None);
    };
    let before = now.status.clone().unwrap_or_default();
    let status = status(policy, verdict, &before);
    if status == before {
        return Ok(None);
    }
    let patch = Patch::Merge(json!({"status": status}));
    let patched = api
        .patch_status(&name, &PatchParams::default(), &patch)
        .await;
    match patched {
        Err(kube::Error::Api(why)) if why.code == 404 => Ok(None),
        patched => patched.map(|_| Some((before, status))),
    }
}

fn status(policy: &ContourExtensionPolicy, verdict: &Verdict, before: &Status) -> Status {
    // What is wrong is told first: there may be more targets than a status holds.
    let (wrong, right): (Vec<&Target>, Vec<_>) = verdict
        .targets
        .iter()
        .partition(|target| verdict.refused.contains_key(*target));
    let told = wrong.into_iter().chain(right).take(ANCESTORS);
    let untold = verdict.targets.len().saturating_sub(ANCESTORS);
    let ancestors = told.map(|target| {
        let ancestor_ref = reference(target);
        let before = before
            .ancestors
            .iter()
            .find(|ancestor| ancestor.ancestor_ref == ancestor_ref)
            .map_or(&[][..], |ancestor| &ancestor.conditions);
        Ancestor {
            conditions: conditions(policy, verdict, (target, untold), before),
            controller_name: CONTROLLER.to_owned(),
            ancestor_ref,
        }
    });
    let good = verdict.problem.is_none() && verdict.is_programmed();
    let last_good = match good {
        true => last_good::keep(policy),
        false => before.last_good.clone(),
    };
    Status {
        ancestors: ancestors.collect(),
        last_good,
    }
}

fn reference(target: &Target) -> AncestorRef {
    let owner = &target.owner;
    AncestorRef {
        group: TargetKind::group_of(&owner.kind).to_owned(),
        kind: owner.kind.clone(),
        namespace: owner.namespace.clone(),
        name: owner.name.clone(),
        section_name: target.section.clone(),
    }
}

/// Whether a condition holds, its reason, and what there is to say.
type Said = (bool, &'static str, String);

fn conditions(
    policy: &ContourExtensionPolicy,
    verdict: &Verdict,
    (target, untold): (&Target, usize),
    before: &[Condition],
) -> Vec<Condition> {
    let refused = verdict.refused.get(target);
    let condition = |name: &str, (holds, reason, message): Said| {
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
    let mut conditions = vec![
        condition("Accepted", accepted(verdict, target, untold)),
        condition("ResolvedRefs", resolved(verdict)),
        condition("Programmed", programmed(&verdict.programmed, refused)),
    ];
    if let Some(others) = verdict.overridden.get(target) {
        let others: Vec<_> = others.iter().map(String::as_str).collect();
        let why = format!("on some of its routes there is {}", others.join(", "));
        conditions.push(condition("Overridden", (true, "Overridden", why)));
    }
    conditions
}

fn accepted(verdict: &Verdict, target: &Target, untold: usize) -> Said {
    let problem = verdict.problem.as_ref();
    let problem = problem.filter(|problem| !problem.reason.is_of_refs());
    if let Some(problem) = problem.or(verdict.refused.get(target)) {
        return (false, problem.reason.word(), problem.message.clone());
    }
    let note = verdict.notes.get(target).cloned();
    let more = (untold > 0).then(|| format!("{untold} more targets are not listed"));
    let said = verdict.remarks.iter().cloned().chain(note);
    let said: Vec<_> = said.chain(more).collect();
    (true, "Accepted", said.join("; "))
}

fn resolved(verdict: &Verdict) -> Said {
    let problem = verdict.problem.as_ref();
    match problem.filter(|problem| problem.reason.is_of_refs()) {
        Some(problem) => (false, problem.reason.word(), problem.message.clone()),
        None => (true, "ResolvedRefs", String::new()),
    }
}

fn programmed(programmed: &Programmed, refused: Option<&Problem>) -> Said {
    if let Some(problem) = refused {
        let why = "the target is not accepted".to_owned();
        return (false, problem.reason.word(), why);
    }
    match programmed {
        Programmed::Everywhere(count) => (
            true,
            "Programmed",
            format!("taken by {count} of {count} Envoys"),
        ),
        Programmed::Pending(have, all) => {
            (false, "Pending", format!("taken by {have} of {all} Envoys"))
        }
        Programmed::Refused(why, older) => {
            let older = older.map(|older| format!("; generation {older} is served"));
            let why = format!("refused by Envoy: {why}{}", older.unwrap_or_default());
            (false, "Refused", why)
        }
        Programmed::Older(older) => {
            let why = format!("the policy is not accepted; generation {older} is served");
            (false, "Invalid", why)
        }
        Programmed::Never => (false, "Invalid", "the policy is not accepted".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::policy::Reason;
    use crate::splice::Owner;

    fn target(name: &str) -> Target {
        Target::whole(Owner {
            kind: "HTTPProxy".into(),
            namespace: "shop".into(),
            name: name.into(),
        })
    }

    fn policy() -> ContourExtensionPolicy {
        let metadata = json!({"namespace": "shop", "name": "a", "generation": 7});
        let policy: Value = json!({
            "apiVersion": "hachure.dev/v1alpha1", "kind": "ContourExtensionPolicy",
            "metadata": metadata, "spec": {"wasm": []},
        });
        serde_json::from_value(policy).unwrap()
    }

    fn verdict(targets: Vec<Target>) -> Verdict {
        Verdict {
            problem: None,
            remarks: vec![],
            targets,
            refused: BTreeMap::new(),
            notes: BTreeMap::new(),
            overridden: BTreeMap::new(),
            programmed: Programmed::Everywhere(2),
        }
    }

    /// Each condition as one text.
    fn told(ancestor: &Ancestor) -> Vec<String> {
        let conditions = ancestor.conditions.iter().map(|condition| {
            assert_eq!(condition.observed_generation, Some(7));
            let Condition {
                type_,
                status,
                reason,
                message,
                ..
            } = condition;
            format!("{type_}={status} {reason}: {message}")
        });
        conditions.collect()
    }

    #[test]
    fn each_target_has_its_own_conditions() {
        let mut verdict = verdict(vec![target("a"), target("b")]);
        let conflict = Problem::new(Reason::Conflicted, "shop/old is older");
        verdict.refused.insert(target("b"), conflict);
        let others = BTreeSet::from(["shop/c".to_owned(), "shop/d".to_owned()]);
        verdict.overridden.insert(target("a"), others);
        let status = status(&policy(), &verdict, &Status::default());
        let [b, a] = status.ancestors.as_slice() else {
            panic!("{status:?}");
        };
        assert_eq!(
            told(a),
            [
                "Accepted=True Accepted: ",
                "ResolvedRefs=True ResolvedRefs: ",
                "Programmed=True Programmed: taken by 2 of 2 Envoys",
                "Overridden=True Overridden: on some of its routes there is shop/c, shop/d",
            ]
        );
        assert_eq!(
            told(b),
            [
                "Accepted=False Conflicted: shop/old is older",
                "ResolvedRefs=True ResolvedRefs: ",
                "Programmed=False Conflicted: the target is not accepted",
            ]
        );
    }

    #[test]
    fn more_targets_than_a_status_holds_are_counted() {
        let targets: Vec<_> = (0..20).map(|index| target(&format!("t{index}"))).collect();
        let mut verdict = verdict(targets);
        let missing = Problem::new(Reason::TargetNotFound, "there is none");
        verdict.refused.insert(target("t19"), missing);
        let status = status(&policy(), &verdict, &Status::default());
        assert_eq!(status.ancestors.len(), 16);
        let names: Vec<_> = status
            .ancestors
            .iter()
            .map(|it| &it.ancestor_ref.name)
            .collect();
        assert_eq!(names.first().unwrap().as_str(), "t19");
        let last = told(status.ancestors.last().unwrap());
        assert_eq!(
            last[0],
            "Accepted=True Accepted: 4 more targets are not listed"
        );
    }
}
