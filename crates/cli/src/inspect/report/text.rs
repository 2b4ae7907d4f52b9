//! The answer for people.

use std::fmt::{Result, Write};

use super::{Answer, Report, RouteReport};
use crate::finding::Severity;

pub(super) fn of(report: &Report) -> std::result::Result<String, std::fmt::Error> {
    let mut text = String::new();
    engine(report, &mut text)?;
    filters(report, &mut text)?;
    text.push_str("\nroutes\n");
    let mut before = None;
    for route in &report.routes {
        let place = (&route.listener, &route.hosts);
        if before.replace(place) != Some(place) {
            writeln!(text, "  {}: {}", route.listener, route.hosts.join(", "))?;
        }
        writeln!(text, "    {}", line(route))?;
    }
    if let Some(answer) = &report.request {
        request(answer, &mut text)?;
    }
    problems(report, &mut text)?;
    Ok(text)
}

fn engine(report: &Report, text: &mut String) -> Result {
    let envoy = &report.envoy;
    let engines = match envoy.wasm_engines.is_empty() {
        true => "no Wasm engine".to_owned(),
        false => envoy.wasm_engines.join(", "),
    };
    let by = envoy.configured_by.title();
    writeln!(
        text,
        "Envoy {} ({engines}), configured by {by}",
        envoy.version
    )
}

fn filters(report: &Report, text: &mut String) -> Result {
    text.push_str("\nfilters\n");
    if report.filters.is_empty() {
        text.push_str("  none of the catalogue\n");
    }
    for ours in &report.filters {
        writeln!(
            text,
            "  {}: {}, config {}, {}",
            ours.name, ours.filter.name, ours.config_hash, ours.on_failure
        )?;
        writeln!(text, "    {}", ours.module)?;
    }
    for (filter, counters) in &report.counters {
        for (event, count) in counters.iter().filter(|(_, count)| **count > 0) {
            writeln!(text, "  {filter} counts {event}: {count}")?;
        }
    }
    Ok(())
}

/// `GET /v1/* -> orders: cors, quota`.
fn line(route: &RouteReport) -> String {
    let filters = match route.filters.is_empty() {
        true => "no filter of the catalogue".to_owned(),
        false => route.filters.join(", "),
    };
    format!("{} -> {}: {filters}", route.matches, route.to)
}

fn request(answer: &Answer, text: &mut String) -> Result {
    text.push_str("\nthis request\n");
    if answer.candidates.is_empty() {
        text.push_str("  takes no route: 404, and no filter of a route runs\n");
    }
    for taken in &answer.candidates {
        let route = &taken.route;
        let certainty = match taken.unless.is_empty() {
            true => "takes".to_owned(),
            false => format!("may take ({})", taken.unless),
        };
        writeln!(
            text,
            "  {certainty} {} of {}",
            route.matches, route.listener
        )?;
        writeln!(text, "    {} -> {}", route.chain.join(" -> "), route.to)?;
    }
    for note in &answer.notes {
        writeln!(text, "  note: {note}")?;
    }
    Ok(())
}

fn problems(report: &Report, text: &mut String) -> Result {
    text.push('\n');
    if report.problems.is_empty() {
        text.push_str("nothing is wrong as far as can be seen\n");
    }
    for problem in &report.problems {
        let word = match problem.severity {
            Severity::Error => "error",
            Severity::Warning | Severity::Note => "warning",
        };
        writeln!(text, "{word}: {}", problem.message)?;
    }
    Ok(())
}
