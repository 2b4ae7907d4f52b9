//! The module that a filter of a policy runs.

use std::collections::BTreeSet;
use std::sync::Arc;

use hachure_catalog::Entry;
use kube::ResourceExt;

use crate::modules::{Module, Source, State, Trouble};
use crate::policy::resource::{CodeType, ContourExtensionPolicy, Wasm};
use crate::policy::{Problem, Reason};
use crate::surroundings::{Settings, Surroundings};

/// The module of a filter.
pub(super) fn module(
    policy: &ContourExtensionPolicy,
    wasm: &Wasm,
    surroundings: &Surroundings,
) -> Result<Arc<Module>, Problem> {
    let modules = &surroundings.modules;
    if let (CodeType::Catalog, Some(catalog)) = (wasm.code.kind, &wasm.code.catalog) {
        return modules.catalogue.find(catalog).map_err(unresolved);
    }
    match source(policy, wasm, &surroundings.settings).map_err(unresolved)? {
        None => Err("code.catalog: expected for this type".to_owned().into()),
        Some(source) => match modules.state(&source) {
            State::Had(module) => Ok(module),
            State::Missing(trouble) => Err(of_code(Reason::Unresolved(trouble.reason), &trouble)),
            State::Waited(trouble) => {
                let waited = || Trouble::passing("Pending", "the module is being fetched");
                let trouble = trouble.unwrap_or_else(waited);
                Err(of_code(Reason::Pending(trouble.reason), &trouble))
            }
        },
    }
}

/// The sources of all modules that policies ask for and that may be fetched.
pub(crate) fn sources<'p>(
    policies: impl IntoIterator<Item = &'p ContourExtensionPolicy>,
    settings: &Settings,
) -> BTreeSet<Source> {
    let policies = policies.into_iter();
    let all = policies.flat_map(|policy| {
        let wasm = policy.spec.wasm.iter();
        wasm.filter_map(|wasm| source(policy, wasm, settings).ok().flatten())
    });
    all.collect()
}

fn source(
    policy: &ContourExtensionPolicy,
    wasm: &Wasm,
    settings: &Settings,
) -> Result<Option<Source>, Trouble> {
    let namespace = policy.namespace().unwrap_or_default();
    let generation = policy.metadata.generation.unwrap_or_default();
    let again = format!("{}/{generation}", policy.name_any());
    Source::of(&wasm.code, &namespace, &again, &settings.allowed_code)
}

fn of_code(reason: Reason, trouble: &Trouble) -> Problem {
    Problem::new(reason, format!("code: {trouble}"))
}

fn unresolved(trouble: Trouble) -> Problem {
    Problem::new(Reason::Unresolved(trouble.reason), trouble.message).at("code")
}

/// The name by which a module knows its root: that of its catalogue entry, or the one that the policy
/// gives.
pub(super) fn root_id(wasm: &Wasm, entry: Option<&Entry>) -> Result<String, String> {
    let given = wasm.root_id.clone().unwrap_or_default();
    match entry {
        None => Ok(given),
        Some(entry) if given.is_empty() || given == entry.name => Ok(entry.name.clone()),
        Some(entry) => Err(format!(
            "rootID: expected `{}`: found `{given}`",
            entry.name
        )),
    }
}
