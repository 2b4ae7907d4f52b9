//! CORS behind an authentication of the platform's own.
//!
//! A preflight carries no credentials: what checks them first refuses it, and no browser gets
//! through.

use crate::finding::{Finding, Severity};
use crate::validate::found::Found;
use crate::validate::kubernetes::Object;
use crate::validate::manager::Manager;
use crate::validate::policy::Policy;
use crate::validate::targets;

const FILTER: &str = "cors";

/// The parts of a SecurityPolicy that refuse requests without credentials. Envoy Gateway places
/// all of them before Wasm.
const NATIVE: [&str; 5] = ["jwt", "oidc", "basicAuth", "apiKeyAuth", "extAuth"];

/// The same as Envoy's HTTP filters: the last part but two of their types.
const GUARDS: [&str; 5] = [
    "jwt_authn",
    "oauth2",
    "basic_auth",
    "api_key_auth",
    "ext_authz",
];

pub(super) fn check(found: &Found<'_>) -> Vec<Finding> {
    let by_policy = found
        .policies
        .iter()
        .filter_map(|policy| by_policy(policy, found));
    by_policy
        .chain(found.managers.iter().filter_map(by_manager))
        .collect()
}

fn by_policy(policy: &Policy<'_>, found: &Found<'_>) -> Option<Finding> {
    let cors = policy.entries_of(FILTER).next()?;
    let Object {
        kind, namespace, ..
    } = policy.object;
    if kind != "EnvoyExtensionPolicy" {
        return None;
    }
    let native = found.objects.iter().find_map(|object| {
        let guard = NATIVE
            .into_iter()
            .find(|key| object.spec().is_some_and(|s| s.has(key)))?;
        let together = object.kind == "SecurityPolicy"
            && object.namespace == namespace
            && targets::overlap(&policy.targets, &targets::of(object), namespace, found);
        together.then(|| format!("`{guard}` of {}", object.title()))
    })?;
    let message = format!(
        "Envoy Gateway runs {native} before Wasm, and that refuses preflights, which carry no \
         credentials, before this filter can answer: move Wasm forward with `filterOrder` of \
         EnvoyProxy, or use `cors` of the SecurityPolicy"
    );
    let finding = Finding::at(Severity::Warning, &cors.entry, message);
    Some(Finding {
        filter: Some(FILTER),
        ..finding
    })
}

/// Whether a filter of Envoy's own with a config of that type refuses requests without credentials.
pub(crate) fn guards_by(kind: &str) -> bool {
    GUARDS
        .iter()
        .any(|guard| kind.contains(&format!(".{guard}.")))
}

fn by_manager(manager: &Manager<'_>) -> Option<Finding> {
    let mut behind = manager
        .filters
        .iter()
        .skip_while(|filter| !guards_by(filter.kind));
    let guard = behind.next()?.name;
    let placed = behind.filter_map(|filter| filter.placed.as_ref());
    let cors = placed
        .into_iter()
        .find(|placed| placed.filter.name == FILTER)?;
    let message = format!(
        "`{guard}` stands before it and refuses preflights, which carry no credentials: put this \
         filter first"
    );
    let finding = Finding::at(Severity::Warning, &cors.entry, message);
    Some(Finding {
        filter: Some(FILTER),
        ..finding
    })
}
