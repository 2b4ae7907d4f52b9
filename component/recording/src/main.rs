//! Prints, as one JSON document, every case and example of every filter as the calls that it
//! makes: what the policy was asked in each phase, and what it decided natively. Whoever makes
//! the same calls elsewhere must get the same decisions.
//!
//! A case that does not hold natively is an error: then there is nothing to compare with.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "printing is what it does"
)]

mod call;
mod recorder;
mod relay;

use std::cell::{Cell, RefCell};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::rc::Rc;

use anyhow::{Context, Result, anyhow};
use hachure_casefile::{Case, Runner, cannot_run, native};
use hachure_config::ConfigErrors;
use hachure_exchange::AnyPolicy;
use hachure_registry::{FILTERS, Filter};
use serde::Serialize;

use crate::call::{Call, WrongConfig};
use crate::recorder::Recorder;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Recording {
    filters: Vec<&'static str>,
    cases: Vec<RecordedCase>,
}

/// A case as calls: compile the config, then, for each stream, each of its phases.
#[derive(Serialize, Default)]
#[serde(rename_all = "camelCase")]
struct RecordedCase {
    /// `cors/cases/010-preflight-allowed`.
    name: String,
    title: String,
    filter: &'static str,
    /// Why a component cannot run it; then there is nothing else.
    #[serde(skip_serializing_if = "Option::is_none")]
    left_out: Option<&'static str>,
    /// JSON text.
    config: String,
    /// What is wrong with the config; then there is nothing else.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<WrongConfig>,
    counters: Vec<String>,
    streams: Vec<Vec<Call>>,
}

fn main() -> ExitCode {
    match recording().and_then(|recording| Ok(serde_json::to_string(&recording)?)) {
        Ok(text) => println!("{text}"),
        Err(error) => {
            eprintln!("error: {error:#}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

fn recording() -> Result<Recording> {
    let mut recording = Recording {
        filters: FILTERS.iter().map(|filter| filter.name).collect(),
        cases: vec![],
    };
    for filter in FILTERS {
        for kind in ["cases", "examples"] {
            for file in files(filter, kind)? {
                let stem = file.file_stem().unwrap_or_default().to_string_lossy();
                let name = format!("{}/{kind}/{stem}", filter.name);
                let case = record(filter, &name, &file).context(name)?;
                recording.cases.push(case);
            }
        }
    }
    Ok(recording)
}

fn files(filter: &Filter, kind: &str) -> Result<Vec<PathBuf>> {
    let filters = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../filters");
    let folder = filters.join(filter.name).join(kind);
    let entries = fs::read_dir(&folder).with_context(|| folder.display().to_string())?;
    let mut files = entries
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<Vec<_>>>()?;
    files.sort();
    Ok(files)
}

fn record(filter: &'static Filter, name: &str, file: &Path) -> Result<RecordedCase> {
    let case = Case::parse(&fs::read_to_string(file)?)?;
    let mut recorded = RecordedCase {
        name: name.to_owned(),
        title: case.title.clone(),
        filter: filter.name,
        left_out: cannot_run(&case, Runner::Component),
        config: case.config.to_string(),
        ..RecordedCase::default()
    };
    if recorded.left_out.is_some() {
        return Ok(recorded);
    }
    let streams = Rc::new(RefCell::new(vec![]));
    let shared_by_body = Rc::new(Cell::new(false));
    let compile = |config: &[u8]| -> Result<Box<dyn AnyPolicy>, ConfigErrors> {
        let policy = (filter.compile)(config).inspect_err(|errors| {
            recorded.errors = errors.iter().map(WrongConfig::from).collect();
        })?;
        recorded.counters = policy.metrics().names().to_vec();
        let (streams, shared) = (Rc::clone(&streams), Rc::clone(&shared_by_body));
        Ok(Box::new(Recorder::new(policy, streams, shared)))
    };
    let checked = native::check(&case, filter.name, compile);
    if shared_by_body.get() {
        recorded.left_out = Some("a body decides on what workers share, and it has no body phases");
        return Ok(recorded);
    }
    checked.map_err(|why| anyhow!(why))?;
    recorded.streams = streams.take();
    Ok(recorded)
}
