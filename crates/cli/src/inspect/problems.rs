//! What is wrong with an Envoy.

use std::collections::BTreeSet;

use hachure_config::ConfigErrors;
use hachure_render::named;
use serde::Serialize;
use serde_json::Value;

use crate::catalogue::Catalogue;
use crate::finding::Severity;
use crate::inspect::dump::{Dump, text};
use crate::inspect::engine::{Engine, Source};
use crate::inspect::manager::{HttpFilter, Manager};
use crate::inspect::ours::Ours;
use crate::inspect::routes::{self, Route};
use crate::validate;

/// One thing that is wrong, or may be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Problem {
    pub(super) severity: Severity,
    pub(super) message: String,
}

impl Problem {
    fn error(message: impl Into<String>) -> Self {
        let severity = Severity::Error;
        let message = message.into();
        Self { severity, message }
    }

    fn warning(message: impl Into<String>) -> Self {
        let severity = Severity::Warning;
        let message = message.into();
        Self { severity, message }
    }
}

/// Everything that is wrong, each thing once.
pub(super) fn all(
    dump: &Dump,
    engine: &Engine,
    managers: &[Manager<'_>],
    catalogue: &Catalogue,
) -> Vec<Problem> {
    let mut problems = of_engine(engine);
    problems.extend(of_source(dump, engine, managers));
    problems.extend(dump.refused().into_iter().map(|(name, why)| {
        Problem::error(format!(
            "Envoy has refused the last update of {name}: {why}"
        ))
    }));
    problems.extend(of_fetches(dump));
    problems.extend(of_traps(dump));
    let clusters = dump.clusters();
    let filters = managers.iter().flat_map(|manager| &manager.filters);
    for ours in filters.filter_map(|filter| filter.ours.as_ref()) {
        problems.extend(of_config(ours));
        problems.extend(of_upstreams(ours, &clusters));
    }
    for manager in managers {
        if manager.table.is_none() {
            let listener = manager.listener;
            problems.push(Problem::error(format!(
                "the routes of {listener} have not come yet"
            )));
        }
        for route in routes::all(manager) {
            problems.extend(of_route(manager, &route, catalogue));
        }
    }
    let mut seen = vec![];
    problems.retain(|problem| {
        let is_new = !seen.contains(problem);
        if is_new {
            seen.push(problem.clone());
        }
        is_new
    });
    problems
}

fn of_engine(engine: &Engine) -> Vec<Problem> {
    let mut problems = vec![];
    if !engine.is_new_enough() {
        problems.push(Problem::error(format!(
            "Envoy {} is too old: the filters are for {} and newer",
            engine.version,
            hachure_envoy::Version::OLDEST,
        )));
    }
    if !engine.wasm_engines.iter().any(|name| name.ends_with(".v8")) {
        problems.push(Problem::error(
            "this Envoy is built without V8: it runs no Wasm filter; take another build",
        ));
    }
    problems
}

/// An Envoy that Contour feeds behind the back of contour-extension looks like one without policies.
fn of_source(dump: &Dump, engine: &Engine, managers: &[Manager<'_>]) -> Option<Problem> {
    let mut filters = managers.iter().flat_map(|manager| &manager.filters);
    if engine.configured_by != Source::Contour || filters.any(|filter| filter.ours.is_some()) {
        return None;
    }
    let clusters = dump
        .bootstrap()?
        .pointer("/static_resources/clusters")?
        .as_array()?;
    let contour = clusters
        .iter()
        .find(|cluster| text(cluster, "/name") == "contour")?;
    let address = "/load_assignment/endpoints/0/lb_endpoints/0/endpoint/address/socket_address";
    let address = contour.pointer(address)?;
    let (host, port) = (text(address, "/address"), address.get("port_value")?);
    Some(Problem::warning(format!(
        "no filter of a ContourExtensionPolicy is here: either no policy has a route of this Envoy, \
         or it is fed by Contour itself; its bootstrap's cluster `contour` leads to {host}:{port}, \
         which has to be contour-extension"
    )))
}

fn of_fetches(dump: &Dump) -> Option<Problem> {
    let failed = dump
        .stats
        .iter()
        .filter(|(name, _)| name.ends_with("remote_load_fetch_failures"));
    let failed: u64 = failed.map(|(_, count)| count).sum();
    (failed > 0).then(|| {
        Problem::warning(format!(
            "{failed} fetches of modules have failed; a filter whose module is not there answers 503"
        ))
    })
}

/// VMs that were made anew, because a module had trapped.
fn of_traps(dump: &Dump) -> Vec<Problem> {
    let traps = dump.stats.iter().filter_map(|(name, count)| {
        let filter = name.strip_prefix("wasm.")?.strip_suffix(".vm_reload")?;
        (*count > 0).then(|| {
            Problem::warning(format!(
                "{filter}: a VM of it was made anew {count} times after a trap"
            ))
        })
    });
    traps.collect()
}

/// The config as this command's catalogue reads it.
fn of_config(ours: &Ours) -> Option<Problem> {
    let refused: ConfigErrors = (ours.filter.compile)(ours.config.to_string().as_bytes()).err()?;
    Some(Problem::warning(format!(
        "{}: this release of {} refuses its config: {refused}",
        ours.name, ours.filter.name
    )))
}

fn of_upstreams(ours: &Ours, clusters: &BTreeSet<&str>) -> Vec<Problem> {
    let names = named::upstreams(ours.filter, &ours.config);
    let missing = names.iter().filter_map(|name| {
        let cluster = ours
            .config
            .pointer("/upstreams")
            .and_then(|map| map.get(name));
        let cluster = cluster.and_then(Value::as_str).unwrap_or(name);
        (!clusters.contains(cluster)).then(|| {
            Problem::error(format!(
                "{}: its upstream `{name}` is the cluster `{cluster}`, which Envoy does not have",
                ours.name
            ))
        })
    });
    missing.collect()
}

/// The order of what runs on a route.
fn of_route(manager: &Manager<'_>, route: &Route<'_>, catalogue: &Catalogue) -> Vec<Problem> {
    let running: Vec<_> = route.running(manager).collect();
    let mut problems = vec![];
    for (place, filter) in running.iter().enumerate() {
        let Some(ours) = &filter.ours else { continue };
        let earlier = running.get(..place).unwrap_or_default();
        for before in earlier {
            problems.extend(wrong_way_round(before, ours, catalogue));
        }
    }
    problems
}

fn wrong_way_round(before: &HttpFilter<'_>, ours: &Ours, catalogue: &Catalogue) -> Option<Problem> {
    if ours.filter.name == "cors" && validate::guards_by(before.kind) {
        return Some(Problem::error(format!(
            "`{}` stands before {} and refuses preflights, which carry no credentials",
            before.name, ours.name
        )));
    }
    let other = before.ours.as_ref()?;
    let why = catalogue.must_precede(ours.filter.name, other.filter.name)?;
    Some(Problem::error(format!(
        "{} has to stand before {}: {why}",
        ours.name, other.name
    )))
}
