//! From a policy to what is done with routes.

use std::collections::BTreeMap;

use hachure_catalog::Entry;
use hachure_exchange::Touched;
use hachure_registry::Filter as Registered;
use kube::ResourceExt;

use crate::attachment::{Action, Attachment, Target};
use crate::filter::WasmFilter;
use crate::policy::place::{order_is_right, position, position_is_right};
use crate::policy::resource::{ContourExtensionPolicy, Wasm};
use crate::policy::targets::{Targets, targets};
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
    /// Its targets, in the order in which they are told.
    pub targets: Vec<Target>,
    /// Those that are not accepted.
    pub refused: BTreeMap<Target, Problem>,
    /// Those of which there is something to say.
    pub notes: BTreeMap<Target, String>,
}

/// Makes an attachment of a policy. One with a problem closes its routes, unless each of its filters
/// says `failOpen`.
pub fn compile(policy: &ContourExtensionPolicy, surroundings: &Surroundings) -> Compiled {
    let namespace = policy.namespace().unwrap_or_default();
    let name = format!("{namespace}/{}", policy.name_any());
    let spec = &policy.spec;
    let invalid = |why| Problem::new(Reason::Invalid, why);
    let (targets, wrong) = match targets(&namespace, spec, surroundings) {
        Ok(targets) => (targets, None),
        Err(why) => (Targets::default(), Some(invalid(why))),
    };
    let filters = filters(policy, &name, surroundings).map_err(invalid);
    let filters = filters.and_then(|filters| {
        may_be_enforced(&namespace, spec.enforced, surroundings)?;
        wrong.map_or(Ok(filters), Err)
    });
    let (action, problem) = match filters {
        Ok(filters) => (Action::Filter(filters.into_iter().collect()), None),
        Err(why) => (unfiltered(&spec.wasm), Some(why)),
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
pub(crate) fn unfiltered(wasm: &[Wasm]) -> Action {
    match wasm.iter().all(|wasm| wasm.fail_open) {
        true => Action::Pass,
        false => Action::Close("The policy of this route cannot be carried out.\n".to_owned()),
    }
}

fn filters(
    policy: &ContourExtensionPolicy,
    name: &str,
    surroundings: &Surroundings,
) -> Result<Vec<(Filter, Touched)>, String> {
    let (mut filters, mut chain) = (vec![], vec![]);
    for (index, wasm) in policy.spec.wasm.iter().enumerate() {
        let wrong = |why| format!("spec.wasm[{index}].{why}");
        let entry = entry(wasm).map_err(wrong)?;
        let filter = filter(policy, (name, index), wasm, &entry, surroundings);
        let (filter, touched) = filter.map_err(wrong)?;
        chain.push((filter.position, entry));
        filters.push((filter, touched));
    }
    order_is_right(&chain)?;
    Ok(filters)
}

fn filter(
    policy: &ContourExtensionPolicy,
    (policy_name, index): (&str, usize),
    wasm: &Wasm,
    entry: &Entry,
    surroundings: &Surroundings,
) -> Result<(Filter, Touched), String> {
    let catalog = &wasm.code.catalog;
    let registered = registered(&catalog.name)?;
    if let Some(version) = catalog
        .version
        .as_ref()
        .filter(|version| **version != entry.version)
    {
        return Err(format!(
            "code.catalog.version: expected `{}`, which this add-on carries: found `{version}`",
            entry.version
        ));
    }
    if let Some(root_id) = wasm.root_id.as_ref().filter(|id| **id != entry.name) {
        return Err(format!(
            "rootID: expected `{}`: found `{root_id}`",
            entry.name
        ));
    }
    let config = wasm.config.to_string();
    let compiled = (registered.compile)(config.as_bytes());
    let compiled = compiled.map_err(|errors| format!("config.{errors}"))?;
    let position = position(wasm, entry);
    position_is_right(position, entry, &*compiled)?;
    if entry.capabilities.callouts {
        return Err(format!(
            "code.catalog.name: `{}` calls upstreams, which is not done yet",
            entry.name
        ));
    }
    let Some(module) = surroundings.modules.file(&entry.name) else {
        return Err(format!(
            "code.catalog.name: there is no module of `{}` here",
            entry.name
        ));
    };
    let namespace = policy.namespace().unwrap_or_default();
    let held = wasm.config.get("headersHeld") == Some(&serde_json::Value::Bool(true));
    let filter = WasmFilter {
        // A connection manager that is being replaced has its filters by these names: what is
        // another filter has another name, another config of it has not.
        name: format!("hachure/{policy_name}/{index}/{}", entry.name),
        position,
        root_id: &entry.name,
        vm_id: format!("hachure/{namespace}/{}/{CELL_LAYOUT}", entry.name),
        module,
        config,
        capabilities: hachure_envoy::capabilities(entry),
        fail_open: wasm.fail_open,
        headers_wait: entry.capabilities.bodies && held,
    };
    Ok((filter.disabled(), compiled.touches()))
}

fn registered(name: &str) -> Result<&'static Registered, String> {
    let registered = Registered::find(name);
    registered.ok_or_else(|| format!("code.catalog.name: there is no filter `{name}`"))
}

fn entry(wasm: &Wasm) -> Result<Entry, String> {
    let entry = registered(&wasm.code.catalog.name)?.entry();
    entry.map_err(|why| format!("code.catalog.name: {why}"))
}
