//! From a policy to what is done with routes.

use std::collections::BTreeMap;

use hachure_exchange::Touched;
use kube::ResourceExt;
use serde_json::Value;

use crate::attachment::{Action, Attachment, Filters, Target};
use crate::filter::WasmFilter;
use crate::modules::Module;
use crate::policy::code;
use crate::policy::place::{order_is_right, position, position_is_right};
use crate::policy::resource::{ContourExtensionPolicy, Wasm};
use crate::policy::targets::{Targets, targets};
use crate::policy::upstreams::{self, Upstreams};
use crate::policy::{Problem, Reason};
use crate::splice::Filter;
use crate::surroundings::Surroundings;

/// Part of the ids of VMs: grows when what filters share between workers changes its form.
const CELL_LAYOUT: u32 = 1;

/// A policy, and what is made of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compiled {
    /// What is to be done with the routes of its targets.
    pub attachment: Attachment,
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
}

/// Makes an attachment of a policy. One with a problem closes its routes, unless each of its filters
/// says `failOpen`. What the policy refers to and does not get is told where nothing else is wrong.
pub fn compile(policy: &ContourExtensionPolicy, surroundings: &Surroundings) -> Compiled {
    let namespace = policy.namespace().unwrap_or_default();
    let name = format!("{namespace}/{}", policy.name_any());
    let spec = &policy.spec;
    let invalid = |why| Problem::new(Reason::Invalid, why);
    let (targets, wrong) = match targets(&namespace, spec, surroundings) {
        Ok(targets) => (targets, None),
        Err(why) => (Targets::default(), Some(invalid(why))),
    };
    let made = upstreams::resolve(policy, surroundings).map_err(invalid);
    let made = made.and_then(|mut upstreams| {
        let (filters, remarks) = filters(policy, &name, &upstreams, surroundings)?;
        may_be_enforced(&namespace, spec.enforced, surroundings)?;
        wrong.or(upstreams.unresolved.take()).map_or(Ok(()), Err)?;
        let filters: Filters = filters.into_iter().collect();
        Ok((filters.calling(upstreams.clusters().cloned()), remarks))
    });
    let (action, problem, remarks) = match made {
        Ok((filters, remarks)) => (Action::Filter(filters), None, remarks),
        Err(why) => (unfiltered(&spec.wasm, Some(&why)), Some(why), vec![]),
    };
    Compiled {
        attachment: Attachment {
            policy: name,
            generation: policy.metadata.generation.unwrap_or_default(),
            targets: targets.attached,
            selects: targets.selects,
            enforced: spec.enforced && problem.is_none(),
            redirects: spec.include_redirects,
            action,
        },
        problem,
        remarks,
        targets: targets.all,
        refused: targets.refused,
        notes: targets.notes,
    }
}

fn may_be_enforced(
    namespace: &str,
    enforced: bool,
    surroundings: &Surroundings,
) -> Result<(), Problem> {
    let platform = &surroundings.settings.platform_namespaces;
    if !enforced || platform.contains(namespace) {
        return Ok(());
    }
    let why = format!(
        "spec.enforced: expected false in the namespace `{namespace}`, which is none of the \
         platform's (--platform-namespaces)"
    );
    Err(Problem::new(Reason::NotAllowed, why))
}

/// What becomes of routes whose policy cannot be carried out.
pub(crate) fn unfiltered(wasm: &[Wasm], problem: Option<&Problem>) -> Action {
    if wasm.iter().all(|wasm| wasm.fail_open) {
        return Action::Pass;
    }
    match problem.map(|problem| problem.reason) {
        Some(Reason::Pending(_)) => Action::Hold("The policy of this route is not ready.\n".into()),
        _ => Action::Close("The policy of this route cannot be carried out.\n".into()),
    }
}

/// The filters, and what is to be told of them.
type Made = (Vec<(Filter, Touched)>, Vec<String>);

fn filters(
    policy: &ContourExtensionPolicy,
    name: &str,
    upstreams: &Upstreams,
    surroundings: &Surroundings,
) -> Result<Made, Problem> {
    let wasm = policy.spec.wasm.iter().enumerate();
    let modules: Result<Vec<_>, Problem> = wasm
        .clone()
        .map(|(index, wasm)| {
            let module = code::module(policy, wasm, surroundings);
            module.map_err(|why| why.at(&format!("spec.wasm[{index}]")))
        })
        .collect();
    let modules = modules?;
    let (mut filters, mut chain, mut remarks) = (vec![], vec![], vec![]);
    for ((index, wasm), module) in wasm.zip(&modules) {
        let filter = filter(policy, (name, index), wasm, module, upstreams);
        let filter = filter.map_err(|why| format!("spec.wasm[{index}].{why}"))?;
        chain.push((filter.0.position, module.entry.as_ref()));
        filters.push(filter);
        let remark = module.note();
        remarks.extend(remark.map(|remark| format!("spec.wasm[{index}]: {remark}")));
    }
    order_is_right(&chain)?;
    Ok((filters, remarks))
}

fn filter(
    policy: &ContourExtensionPolicy,
    (policy_name, index): (&str, usize),
    wasm: &Wasm,
    module: &Module,
    upstreams: &Upstreams,
) -> Result<(Filter, Touched), String> {
    let entry = module.entry.as_ref();
    let root_id = code::root_id(wasm, entry)?;
    let schema = module.schema.as_deref().unwrap_or(&Value::Null);
    let filled = upstreams.fill(schema, &wasm.config);
    let (config, calls) = filled.map_err(|why| format!("config.{why}"))?;
    let compiled = module.check(&config)?;
    let position = position(wasm, entry);
    if let Some(entry) = entry {
        position_is_right(position, entry, compiled.as_deref())?;
    }
    let capabilities = match entry {
        Some(entry) => {
            // What names no upstream cannot call.
            let mut entry = entry.clone();
            entry.capabilities.callouts &= calls;
            hachure_envoy::capabilities(&entry)
        }
        None => module.functions.iter().map(String::as_str).collect(),
    };
    let namespace = policy.namespace().unwrap_or_default();
    let held = wasm.config.get("headersHeld") == Some(&Value::Bool(true));
    let name = entry.map_or(&wasm.name, |entry| &entry.name);
    let vm_id = match entry {
        Some(_) => format!("hachure/{namespace}/{name}/{CELL_LAYOUT}"),
        // Nothing is known of what it shares: nobody shares it.
        None => format!("hachure/{policy_name}/{name}"),
    };
    let filter = WasmFilter {
        // A connection manager that is being replaced has its filters by these names: what is
        // another filter has another name, another config of it has not.
        name: format!("hachure/{policy_name}/{index}/{name}"),
        position,
        root_id: &root_id,
        vm_id,
        code: &module.code,
        digest: &module.digest,
        config: config.to_string(),
        capabilities,
        fail_open: wasm.fail_open,
        headers_wait: entry.is_some_and(|entry| entry.capabilities.bodies) && held,
    };
    // Of a module whose config is not compiled here nothing is known.
    let touched = compiled.map_or_else(Touched::everything, |compiled| compiled.touches());
    Ok((filter.disabled(), touched))
}
