//! The table, and the page that keeps it.

use std::fmt::Write;
use std::path::Path;

use anyhow::{Context, Result};

use crate::stats::Series;
use crate::subjects::{Goal, Subject};

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
        let goal = subject.goal.as_ref().map_or(String::new(), |goal| {
            let (most, words) = bound(goal, subjects, series);
            let verdict = if added.median <= most {
                "held"
            } else {
                "missed"
            };
            format!("at most {words}: {verdict}")
        });
        let _ = writeln!(
            out,
            "| {} | {whole:.2} | {:+.2} ({:+.2} to {:+.2}) | {goal} |",
            subject.title, added.median, added.lower, added.upper
        );
    }
    out
}

/// The most that a subject may add, and how to say so. Beside a subject that there is not, nothing
/// is held.
fn bound(goal: &Goal, subjects: &[Subject], series: &[Series]) -> (f64, String) {
    match goal {
        Goal::Added(most) => (*most, format!("{most:.1}")),
        Goal::Times(factor, title) => {
            let mut all = subjects.iter().zip(series);
            let other = all.find(|(subject, _)| subject.title == *title);
            let added = other.map_or(f64::NAN, |(_, series)| series.added().median);
            (factor * added, format!("{factor:.1} times {title}"))
        }
    }
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
