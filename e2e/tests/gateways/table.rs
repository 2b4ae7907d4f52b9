//! `docs/where-it-runs.md`.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;

use hachure_e2e::cases::{CaseFile, envoy_gateway};
use hachure_e2e::setup;
use hachure_envoy::Protocol;

const FILE: &str = "docs/where-it-runs.md";
const HEAD: &str = "\
<!-- written by the tests in e2e/tests/gateways with HACHURE_BLESS=1; do not edit -->
# Where it runs

The cases and examples of each filter (`filters/*/cases`, `filters/*/examples`) are run in real Envoy
with our own configuration, and behind stock Envoy Gateway, where each case is an `EnvoyExtensionPolicy`
on an `HTTPRoute`. The table counts those that pass; none fails. Every case runs natively besides.
";

/// Whether the file is there, or is to be written.
pub(crate) fn is_wanted() -> bool {
    setup::repository().join(FILE).is_file() || std::env::var_os("HACHURE_BLESS").is_some()
}

/// What came of the cases, by filter.
pub(crate) struct Table(BTreeMap<String, Row>);

#[derive(Default)]
struct Row {
    cases: usize,
    alone: LeftOut,
    gateway: LeftOut,
    passed: usize,
    failed: usize,
}

/// How many cases cannot run, by the reason.
type LeftOut = BTreeMap<&'static str, usize>;

impl Table {
    /// Before any has run.
    pub(crate) fn of(files: &[CaseFile]) -> Self {
        let mut rows = BTreeMap::<String, Row>::new();
        for file in files {
            let row = rows.entry(file.filter.clone()).or_default();
            row.cases += 1;
            if let Some(why) = file.cannot_run(Protocol::Http1) {
                *row.alone.entry(why).or_default() += 1;
            }
            if let Some(why) = envoy_gateway::cannot_run(file) {
                *row.gateway.entry(why).or_default() += 1;
            }
        }
        Self(rows)
    }

    /// A case of that filter has run behind Envoy Gateway.
    pub(crate) fn ran(&mut self, filter: &str, passed: bool) {
        let row = self.0.entry(filter.to_owned()).or_default();
        match passed {
            true => row.passed += 1,
            false => row.failed += 1,
        }
    }

    /// Whether the file says so; with `HACHURE_BLESS` it is made to.
    pub(crate) fn check(&self) -> Result<(), String> {
        let failed: usize = self.0.values().map(|row| row.failed).sum();
        if failed > 0 {
            return Err(format!("{failed} cases fail"));
        }
        let file = setup::repository().join(FILE);
        let text = self.text();
        if std::env::var_os("HACHURE_BLESS").is_some() {
            return fs::write(&file, text).map_err(|why| why.to_string());
        }
        match fs::read_to_string(&file) {
            Ok(is) if is == text => Ok(()),
            _ => Err(format!(
                "{FILE} says something else: HACHURE_BLESS=1 writes it"
            )),
        }
    }

    fn text(&self) -> String {
        let mut text = format!("{HEAD}\n| filter | cases | Envoy alone | Envoy Gateway |\n");
        text.push_str("|---|---|---|---|\n");
        for (filter, row) in &self.0 {
            let alone = row.cases - row.alone.values().sum::<usize>();
            let _ = writeln!(
                text,
                "| [`{filter}`](../filters/{filter}/README.md) | {} | {alone} | {} |",
                row.cases, row.passed,
            );
        }
        text.push_str("\n## Left out\n\n| filter | where | cases | because |\n|---|---|---|---|\n");
        for (filter, row) in &self.0 {
            for (place, left) in [("Envoy alone", &row.alone), ("Envoy Gateway", &row.gateway)] {
                for (why, count) in left {
                    let _ = writeln!(text, "| `{filter}` | {place} | {count} | {why} |");
                }
            }
        }
        text
    }
}
