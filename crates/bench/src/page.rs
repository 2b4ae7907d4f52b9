//! The table, and the page that keeps it.

use std::fmt::Write;
use std::path::Path;

use anyhow::{Context, Result};

use crate::stats::Series;
use crate::subjects::Subject;

const OPEN: &str = "<!-- bench:cpu -->";
const CLOSE: &str = "<!-- /bench:cpu -->";

/// The figures as a Markdown table.
pub(crate) fn table(subjects: &[Subject], series: &[Series]) -> String {
    let mut out = String::from(
        "| filter | CPU per request, µs | added, µs (quartiles) | goal |\n| --- | --- | --- | --- |\n",
    );
    for (subject, figures) in subjects.iter().zip(series) {
        let whole = figures.whole().median;
        let added = figures.added();
        let goal = subject.goal.map_or(String::new(), |goal| {
            let verdict = if added.median <= goal {
                "held"
            } else {
                "missed"
            };
            format!("at most {goal:.1}: {verdict}")
        });
        let _ = writeln!(
            out,
            "| {} | {whole:.2} | {:+.2} ({:+.2} to {:+.2}) | {goal} |",
            subject.title, added.median, added.lower, added.upper
        );
    }
    out
}

/// Puts the table and where it was made between the page's markers.
pub(crate) fn write(page: &Path, table: &str, machine: &str) -> Result<()> {
    let name = page.display();
    let text = std::fs::read_to_string(page).with_context(|| name.to_string())?;
    let (before, rest) = text
        .split_once(OPEN)
        .with_context(|| format!("{name} has no {OPEN}"))?;
    let (_, after) = rest
        .split_once(CLOSE)
        .with_context(|| format!("{name} has no {CLOSE}"))?;
    let new = format!("{before}{OPEN}\n{machine}\n\n{table}{CLOSE}{after}");
    std::fs::write(page, new).with_context(|| name.to_string())
}
