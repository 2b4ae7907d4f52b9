//! `hachure catalog`: which filters there are, and what each does.

use std::fmt::Write;

use anyhow::Result;
use hachure_catalog::{Entry, MetricEntry, ReasonEntry};
use serde_json::{Value, json};

use crate::catalogue::{self, Catalogue};
use crate::output::{self, Format};

/// List the filters, or show one of them
#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
#[command(after_help = "\
Examples:
  hachure catalog
  hachure catalog show cors
  hachure catalog --output json | jq -r '.[].name'")]
pub(crate) struct Options {
    #[command(subcommand)]
    show: Option<Show>,
    /// The form of the answer
    #[arg(long, value_enum, default_value_t)]
    output: Format,
}

#[derive(clap::Subcommand)]
enum Show {
    /// Show one filter: what it does, its place in a chain, reasons, metrics, and its README
    #[command(after_help = "Example:\n  hachure catalog show cors")]
    Show {
        /// The filter's name
        #[arg(value_name = "NAME", value_parser = catalogue::names())]
        name: String,
        /// The form of the answer
        #[arg(long, value_enum, default_value_t)]
        output: Format,
    },
}

/// Prints the list, or one entry.
pub(crate) fn run(options: &Options) -> Result<bool> {
    let catalogue = Catalogue::load()?;
    match &options.show {
        None => list(&catalogue, options.output)?,
        Some(Show::Show { name, output }) => show(&catalogue, name, *output)?,
    }
    Ok(true)
}

fn list(catalogue: &Catalogue, format: Format) -> Result<()> {
    if format == Format::Json {
        return output::print_json(&catalogue.entries().collect::<Vec<_>>());
    }
    let width = catalogue
        .entries()
        .map(|entry| entry.name.len())
        .max()
        .unwrap_or(0);
    let mut text = String::new();
    for entry in catalogue.entries() {
        let Entry {
            name,
            version,
            summary,
            ..
        } = entry;
        writeln!(
            text,
            "{name:width$}  {version} {:7} {summary}",
            word(&entry.status)
        )?;
    }
    output::print(&text)
}

fn show(catalogue: &Catalogue, name: &str, format: Format) -> Result<()> {
    let filter = catalogue::named(name)?;
    let Some(entry) = catalogue.entry(name) else {
        return Ok(());
    };
    if format == Format::Json {
        let mut whole = serde_json::to_value(entry)?;
        if let Value::Object(members) = &mut whole {
            members.insert("readme".into(), json!(filter.readme));
        }
        return output::print_json(&whole);
    }
    output::print(&format!(
        "{}\n{}\n",
        described(entry)?,
        filter.readme.trim_end()
    ))
}

fn described(entry: &Entry) -> Result<String> {
    let mut text = format!(
        "{} ({} {})\n",
        entry.name,
        entry.version,
        word(&entry.status)
    );
    writeln!(text, "{}\n", entry.summary)?;
    let phases: Vec<_> = entry.phases.iter().map(word).collect();
    writeln!(text, "phases     {}", phases.join(", "))?;
    let order = &entry.order;
    if !(order.before.is_empty() && order.after.is_empty()) {
        let after = listed("after", &order.after);
        let before = listed("before", &order.before);
        let both = [after, before]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(", ");
        writeln!(text, "in a chain {both}: {}", order.why)?;
    }
    if let Some(native) = &entry.native_alternative.filter {
        let when = &entry.native_alternative.use_when;
        writeln!(text, "native     {native}, the better choice when {when}")?;
    }
    for ReasonEntry { code, status, when } in &entry.reasons {
        writeln!(text, "refuses    {status} {code}: {when}")?;
    }
    for metric in &entry.metrics {
        writeln!(text, "counts     {}: {}", series(metric), metric.counts)?;
    }
    Ok(text)
}

fn series(metric: &MetricEntry) -> String {
    let labels = metric
        .labels
        .iter()
        .map(|label| format!(".{label}.<{label}>"));
    format!("hachure.{}{}", metric.name, labels.collect::<String>())
}

fn listed(word: &str, names: &[String]) -> Option<String> {
    (!names.is_empty()).then(|| format!("{word} {}", names.join(", ")))
}

/// An enum's word as it stands in `filter.yaml`.
fn word(value: &impl serde::Serialize) -> String {
    let value = serde_json::to_value(value).ok();
    value
        .as_ref()
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}
