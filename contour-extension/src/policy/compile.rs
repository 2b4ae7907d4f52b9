//! From a policy to what is done with routes.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::LazyLock;

use hachure_catalog::Entry;
use hachure_registry::{FILTERS, Filter as Registered};
use kube::ResourceExt;
use serde_json::Value;

use crate::attachment::{Action, Attachment};
use crate::filter::WasmFilter;
use crate::policy::resource::{ContourExtensionPolicy, TargetRef, Wasm};
use crate::policy::unresolved::Unresolved;
use crate::policy::upstreams::{self, Upstreams};
use crate::splice::{Filter, Owner, Position};
use crate::surroundings::Surroundings;

/// Part of the ids of VMs: grows when what filters share between workers changes its form.
const CELL_LAYOUT: u32 = 1;

/// A policy, and what is made of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compiled {
    /// What is to be done with the routes of its targets.
    pub attachment: Attachment,
    /// What is wrong with it; none where it is accepted.
    pub problem: Option<String>,
    /// What it refers to and does not get.
    pub unresolved: Option<Unresolved>,
    /// The targets that it names and an older policy has, and which that is.
    pub conflicts: BTreeMap<Owner, String>,
}

/// Makes an attachment of a policy. One that cannot be carried out closes its routes, unless each of its filters
/// says `failOpen`.
pub fn compile(policy: &ContourExtensionPolicy, surroundings: &Surroundings) -> Compiled {
    let namespace = policy.namespace().unwrap_or_default();
    let name = format!("{namespace}/{}", policy.name_any());
    let spec = &policy.spec;
    let upstreams = upstreams::resolve(policy, surroundings);
    let filters = upstreams.and_then(|upstreams| {
        let filters = filters(policy, &name, &upstreams, surroundings)?;
        targets_are_right(&spec.target_refs)?;
        Ok((filters, upstreams))
    });
    let mut clusters = vec![];
    let (action, problem, unresolved) = match filters {
        Ok((filters, upstreams)) => {
            clusters.extend(upstreams.clusters().cloned());
            match upstreams.unresolved {
                None => (Action::Filter(filters), None, None),
                lacks => (unfiltered(&spec.wasm), None, lacks),
            }
        }
        Err(why) => (unfiltered(&spec.wasm), Some(why), None),
    };
    let targets = spec.target_refs.iter();
    let targets = targets.map(|target| owner(&namespace, target));
    Compiled {
        attachment: Attachment {
            policy: name,
            generation: policy.metadata.generation.unwrap_or_default(),
            targets: targets.collect::<BTreeSet<_>>(),
            action,
            clusters,
        },
        problem,
        unresolved,
        conflicts: BTreeMap::new(),
    }
}

/// The target as Contour names it in the routes that it makes of it.
pub(crate) fn owner(namespace: &str, target: &TargetRef) -> Owner {
    Owner {
        kind: target.kind.name().to_owned(),
        namespace: namespace.to_owned(),
        name: target.name.clone(),
    }
}

/// What becomes of routes whose policy cannot be carried out.
pub(crate) fn unfiltered(wasm: &[Wasm]) -> Action {
    match wasm.iter().all(|wasm| wasm.fail_open) {
        true => Action::Pass,
        false => Action::Close("The policy of this route cannot be carried out.\n".to_owned()),
    }
}

fn targets_are_right(targets: &[TargetRef]) -> Result<(), String> {
    for (index, target) in targets.iter().enumerate() {
        if target.group != target.kind.group() {
            return Err(format!(
                "spec.targetRefs[{index}].group: expected `{}` for the kind {}: found `{}`",
                target.kind.group(),
                target.kind.name(),
                target.group
            ));
        }
    }
    Ok(())
}

fn filters(
    policy: &ContourExtensionPolicy,
    name: &str,
    upstreams: &Upstreams,
    surroundings: &Surroundings,
) -> Result<Vec<Filter>, String> {
    let wasm = policy.spec.wasm.iter().enumerate();
    let filters: Result<Vec<_>, String> = wasm
        .map(|(index, wasm)| {
            let filter = filter(policy, (name, index), wasm, upstreams, surroundings);
            filter.map_err(|why| format!("spec.wasm[{index}].{why}"))
        })
        .collect();
    let filters = filters?;
    order_is_right(&policy.spec.wasm)?;
    Ok(filters)
}

fn filter(
    policy: &ContourExtensionPolicy,
    (policy_name, index): (&str, usize),
    wasm: &Wasm,
    upstreams: &Upstreams,
    surroundings: &Surroundings,
) -> Result<Filter, String> {
    let catalog = &wasm.code.catalog;
    let Some(registered) = Registered::find(&catalog.name) else {
        return Err(format!(
            "code.catalog.name: there is no filter `{}`",
            catalog.name
        ));
    };
    let entry = entry(registered)?;
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
    let filled = upstreams.fill(schema(registered)?, &wasm.config);
    let (config, calls) = filled.map_err(|why| format!("config.{why}"))?;
    let config = config.to_string();
    if let Err(errors) = (registered.compile)(config.as_bytes()) {
        return Err(format!("config.{errors}"));
    }
    // What calls nothing cannot call.
    let mut entry = entry;
    entry.capabilities.callouts &= calls;
    let Some(module) = surroundings.modules.file(&entry.name) else {
        return Err(format!(
            "code.catalog.name: there is no module of `{}` here",
            entry.name
        ));
    };
    let namespace = policy.namespace().unwrap_or_default();
    let position = wasm.position.map_or(Position::Last, Position::from);
    let held = wasm.config.get("headersHeld") == Some(&Value::Bool(true));
    let filter = WasmFilter {
        // A connection manager that is being replaced has its filters by these names: what is
        // another filter has another name, another config of it has not.
        name: format!("hachure/{policy_name}/{index}/{}", entry.name),
        position,
        root_id: &entry.name,
        vm_id: format!("hachure/{namespace}/{}/{CELL_LAYOUT}", entry.name),
        module,
        config,
        capabilities: hachure_envoy::capabilities(&entry),
        fail_open: wasm.fail_open,
        headers_wait: entry.capabilities.bodies && held,
    };
    Ok(filter.disabled())
}

fn entry(registered: &Registered) -> Result<Entry, String> {
    registered
        .entry()
        .map_err(|why| format!("code.catalog.name: {why}"))
}

/// The schemas of the catalogue, each read once.
fn schema(registered: &Registered) -> Result<&'static Value, String> {
    static SCHEMAS: LazyLock<HashMap<&str, Value>> = LazyLock::new(|| {
        let schema =
            |filter: &Registered| Some((filter.name, serde_json::from_str(filter.schema).ok()?));
        FILTERS.iter().filter_map(schema).collect()
    });
    let schema = SCHEMAS.get(registered.name);
    schema.ok_or_else(|| format!("code.catalog.name: `{}` has no schema", registered.name))
}

/// What the catalogue says of the order of filters holds for the places where they will stand.
fn order_is_right(wasm: &[Wasm]) -> Result<(), String> {
    let mut chain: Vec<(Position, usize, Entry)> = vec![];
    for (index, wasm) in wasm.iter().enumerate() {
        if let Some(registered) = Registered::find(&wasm.code.catalog.name) {
            let position = wasm.position.map_or(Position::Last, Position::from);
            chain.push((position, index, entry(registered)?));
        }
    }
    chain.sort_by_key(|(position, index, _)| (*position, *index));
    for (place, (_, index, entry)) in chain.iter().enumerate() {
        let (earlier, later) = chain.split_at(place);
        let wrong = earlier
            .iter()
            .find(|(_, _, other)| entry.order.before.contains(&other.name));
        let wrong = wrong.or_else(|| {
            later
                .iter()
                .find(|(_, _, other)| entry.order.after.contains(&other.name))
        });
        if let Some((_, _, other)) = wrong {
            return Err(format!(
                "spec.wasm[{index}]: {} and {} stand in the wrong order: {}",
                entry.name, other.name, entry.order.why
            ));
        }
    }
    Ok(())
}
