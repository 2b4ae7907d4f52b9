//! The answer of `hachure inspect`.

mod text;

use std::collections::BTreeMap;

use anyhow::Result;
use serde::Serialize;

use crate::catalogue::Catalogue;
use crate::finding::Severity;
use crate::inspect::dump::Dump;
use crate::inspect::engine::Engine;
use crate::inspect::manager::{self, Manager};
use crate::inspect::matching;
use crate::inspect::ours::Ours;
use crate::inspect::problems::{self, Problem};
use crate::inspect::request::Request;
use crate::inspect::routes;
use crate::output::{self, Format};

/// What a program reads.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Report {
    envoy: Engine,
    filters: Vec<Ours>,
    /// By the filter's catalogue name: all its instances count together.
    counters: BTreeMap<String, BTreeMap<String, u64>>,
    routes: Vec<RouteReport>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<Answer>,
    problems: Vec<Problem>,
}

/// A route with the filters that its requests meet.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RouteReport {
    listener: String,
    hosts: Vec<String>,
    matches: String,
    to: String,
    /// Those of the catalogue, as Envoy calls them, in order.
    filters: Vec<String>,
    /// All that run, Envoy's own among them.
    chain: Vec<String>,
}

/// What becomes of the request that was asked about.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    candidates: Vec<Taken>,
    notes: Vec<String>,
}

/// A route that the request takes, or may take.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Taken {
    #[serde(flatten)]
    route: RouteReport,
    /// Why it is not certain; empty where it is.
    unless: String,
}

impl Report {
    pub(super) fn of(dump: &Dump, request: Option<&Request>, catalogue: &Catalogue) -> Self {
        let engine = Engine::of(dump);
        let managers = manager::all(dump);
        let problems = problems::all(dump, &engine, &managers, catalogue);
        let routes = managers.iter().flat_map(|manager| {
            let routes = routes::all(manager).into_iter();
            routes.map(|route| RouteReport::of(manager, &route))
        });
        Self {
            envoy: engine,
            filters: filters(&managers),
            counters: counters(dump),
            routes: routes.collect(),
            request: request.map(|request| Answer::of(&managers, request)),
            problems,
        }
    }

    /// Whether there is an error.
    pub(super) fn is_wrong(&self) -> bool {
        self.problems
            .iter()
            .any(|problem| problem.severity == Severity::Error)
    }

    pub(super) fn print(&self, format: Format) -> Result<()> {
        match format {
            Format::Json => output::print_json(self),
            Format::Text => output::print(&text::of(self)?),
        }
    }
}

impl RouteReport {
    fn of(manager: &Manager<'_>, route: &routes::Route<'_>) -> Self {
        let running: Vec<_> = route.running(manager).collect();
        let ours = running.iter().filter(|filter| filter.ours.is_some());
        Self {
            listener: manager.listener.to_owned(),
            hosts: route.domains().into_iter().map(str::to_owned).collect(),
            matches: route.title(),
            to: route.destination(),
            filters: ours.map(|filter| filter.name.to_owned()).collect(),
            chain: running
                .iter()
                .map(|filter| filter.name.to_owned())
                .collect(),
        }
    }
}

impl Answer {
    fn of(managers: &[Manager<'_>], request: &Request) -> Self {
        let (candidates, notes) = matching::find(managers, request);
        let candidates = candidates.into_iter().map(|candidate| Taken {
            route: RouteReport::of(candidate.manager, &candidate.route),
            unless: candidate.unless,
        });
        Self {
            candidates: candidates.collect(),
            notes,
        }
    }
}

/// Every instance once: a chain of each TLS host repeats them.
fn filters(managers: &[Manager<'_>]) -> Vec<Ours> {
    let all = managers.iter().flat_map(|manager| &manager.filters);
    let all = all.filter_map(|filter| filter.ours.as_ref());
    let mut known: Vec<Ours> = vec![];
    for ours in all {
        let is_known = known.iter().any(|one| {
            (&one.name, &one.config_hash, &one.module.from)
                == (&ours.name, &ours.config_hash, &ours.module.from)
        });
        if !is_known {
            known.push(ours.clone());
        }
    }
    known
}

/// Counters by filter, without what is the same in all names.
fn counters(dump: &Dump) -> BTreeMap<String, BTreeMap<String, u64>> {
    let mut counters: BTreeMap<String, BTreeMap<String, u64>> = BTreeMap::new();
    for (name, value) in &dump.stats {
        let of_filter = name
            .strip_prefix("wasmcustom.hachure.")
            .and_then(|rest| rest.split_once('.'));
        if let Some((filter, event)) = of_filter {
            let of_filter = counters.entry(filter.to_owned()).or_default();
            of_filter.insert(event.to_owned(), *value);
        }
    }
    counters
}
