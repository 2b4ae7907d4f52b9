//! What a running Envoy offers, as it is printed.

use std::fmt::Write;
use std::net::SocketAddr;

use anyhow::Result;

use crate::run::curl;
use crate::run::plan::{Plan, PlannedRoute};
use crate::run_file::Try;

/// Where Envoy serves, and which route has which filters.
pub(super) fn serving(plan: &Plan, address: SocketAddr, admin: SocketAddr) -> Result<String> {
    let mut text = format!("serving on http://{address} (admin http://{admin})\n");
    let names = |filters: &[_]| {
        let names = filters
            .iter()
            .map(|instance: &super::plan::Instance| instance.name.as_str());
        names.collect::<Vec<_>>().join(", ")
    };
    if !plan.everywhere.is_empty() {
        writeln!(text, "  every route: {}", names(&plan.everywhere))?;
    }
    for PlannedRoute { route, filters } in &plan.routes {
        let to = match (&route.upstream, &route.direct_response) {
            (Some(upstream), _) => upstream.clone(),
            (None, direct) => format!("{}", direct.as_ref().map_or(404, |direct| direct.status)),
        };
        let own = if filters.is_empty() {
            String::new()
        } else {
            format!(": {}", names(filters))
        };
        writeln!(text, "  {} -> {to}{own}", route.title())?;
    }
    Ok(text)
}

/// The requests to try, as lines for a shell.
pub(super) fn tries(tries: &[Try], address: SocketAddr) -> Result<String> {
    let mut text = String::new();
    if !tries.is_empty() {
        text.push_str("\nTry:\n");
    }
    for attempt in tries {
        let line = curl::line(&attempt.request, address);
        writeln!(text, "\n  # {}\n  {line}", attempt.shows.trim_end())?;
    }
    Ok(text)
}
