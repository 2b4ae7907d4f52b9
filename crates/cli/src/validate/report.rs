//! The answer of `hachure validate`.

use std::collections::BTreeSet;
use std::fmt::Write;

use anyhow::Result;
use serde::Serialize;

use crate::config::Placed;
use crate::finding::{Finding, Severity};
use crate::output::{self, Format};
use crate::validate::found::Found;

/// What a program reads.
#[derive(Serialize)]
struct Report<'r> {
    /// Whether there is no error.
    ok: bool,
    configs: Vec<Config<'r>>,
    findings: &'r [Finding],
}

/// A filter config that was found and compiled, whatever came of it.
#[derive(Serialize)]
struct Config<'r> {
    filter: &'static str,
    file: &'r str,
    line: usize,
    path: &'r str,
}

/// Prints findings and a summary.
pub(super) fn print(
    files: &[String],
    found: &Found<'_>,
    findings: &[Finding],
    format: Format,
) -> Result<()> {
    if format == Format::Json {
        let ok = !findings.iter().any(Finding::is_error);
        let configs = found.placed.iter().map(config).collect();
        return output::print_json(&Report {
            ok,
            configs,
            findings,
        });
    }
    let mut text = String::new();
    for finding in findings {
        writeln!(text, "{finding}")?;
    }
    writeln!(text, "{}", summary(files, found, findings))?;
    output::print(&text)
}

/// `2 files, 3 filter configs (cors): 1 error, 0 warnings`.
fn summary(files: &[String], found: &Found<'_>, findings: &[Finding]) -> String {
    let filters = found.placed.iter().map(|placed| placed.filter.name);
    let filters: BTreeSet<_> = filters.collect();
    let named = filters.into_iter().collect::<Vec<_>>().join(", ");
    let which = if named.is_empty() {
        String::new()
    } else {
        format!(" ({named})")
    };
    let count = |severity, thing| {
        let of_kind = findings
            .iter()
            .filter(|finding| finding.severity == severity);
        counted(of_kind.count(), thing)
    };
    format!(
        "{}, {}{which}: {}, {}",
        counted(files.len(), "file"),
        counted(found.placed.len(), "filter config"),
        count(Severity::Error, "error"),
        count(Severity::Warning, "warning"),
    )
}

fn config<'r>(placed: &'r Placed<'_>) -> Config<'r> {
    let place = placed.place();
    let Placed { filter, .. } = placed;
    Config {
        filter: filter.name,
        file: place.file,
        line: place.position().line,
        path: &place.path,
    }
}

/// `1 file`, `2 files`.
fn counted(number: usize, thing: &str) -> String {
    format!("{number} {thing}{}", if number == 1 { "" } else { "s" })
}
