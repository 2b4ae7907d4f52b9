//! Filters that change what routes are chosen by, and are on for some routes only.
//!
//! After such a change Envoy chooses the route again, but which filters run was decided from the
//! first route: those of the second, which may check tokens, are skipped.

use crate::config::Placed;
use crate::finding::{Finding, Severity};
use crate::validate::found::Found;
use crate::validate::manager::Manager;
use crate::validate::policy::Policy;

pub(super) fn check(found: &Found<'_>) -> Vec<Finding> {
    let by_policy = found.policies.iter().flat_map(by_policy);
    let by_manager = found
        .managers
        .iter()
        .flat_map(|manager| by_manager(manager, found));
    let routes = found.runs.iter().flat_map(|run| &run.routes);
    let by_route = routes.flat_map(|route| &route.filters);
    let by_route = by_route.filter_map(|placed| warning(placed, "it is on for one route"));
    by_policy.chain(by_manager).chain(by_route).collect()
}

fn by_policy(policy: &Policy<'_>) -> Vec<Finding> {
    let Some(target) = policy.targets.iter().find(|target| target.is_a_route()) else {
        return Vec::new();
    };
    let where_it_is = format!("it is attached to {}", target.title());
    policy
        .filters
        .iter()
        .filter_map(|placed| warning(placed, &where_it_is))
        .collect()
}

fn by_manager(manager: &Manager<'_>, found: &Found<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for filter in &manager.filters {
        let is_off = || {
            manager
                .hosts(&found.tables)
                .flatten()
                .any(|route| !route.runs(filter))
        };
        if let Some(placed) = filter
            .placed
            .as_ref()
            .filter(|_| filter.disabled || is_off())
        {
            findings.extend(warning(
                placed,
                "it is on for some routes and off for others",
            ));
        }
    }
    findings
}

/// Nothing for a config that leaves alone what routes are chosen by.
fn warning(placed: &Placed<'_>, where_it_is: &str) -> Option<Finding> {
    let message = format!(
        "{where_it_is}, and with `reroute: true` Envoy chooses the route again, without the filters \
         that only the second route has: attach it, with every filter that guards, to the Gateway \
         or to all routes, or be sure that one object owns every path that it writes"
    );
    let finding = Finding::at(Severity::Warning, &placed.entry, message);
    placed.reroutes().then_some(Finding {
        filter: Some(placed.filter.name),
        ..finding
    })
}
