//! The runner of the cases in real Envoy.
//!
//! One Envoy serves all cases of a filter: a listener for each, from a file of listeners, so that
//! a config that is refused leaves the others alone. Cases run one after the other there: what a
//! counter gained meanwhile is the case's. A case with upstreams has an Envoy of its own where its
//! filter works in the background.

mod bench;
mod clock;
pub mod envoy_gateway;
mod facts;
mod grpc;
mod listeners;
mod observe;
mod place;
mod probe;
mod run;
mod upstreams;

use std::fs;
use std::path::PathBuf;

use hachure_casefile::{Case, Runner, cannot_run};
use hachure_envoy::Protocol;

pub use bench::Bench;
pub use clock::Clock;

use crate::setup;

/// A case and where it comes from.
#[derive(Debug, Clone)]
pub struct CaseFile {
    /// The filter's catalogue name.
    pub filter: String,
    /// `cases/010-preflight` or `examples/public-api`.
    pub name: String,
    /// What it says.
    pub case: Case,
}

impl CaseFile {
    /// The name of the filter's instance and of its listener for this case.
    fn instance(&self) -> String {
        self.name.replace('/', "-")
    }

    /// The statuses with which something in Envoy answers steps of it; none stands for those that go
    /// to the upstream.
    fn locals(&self) -> Vec<Option<u16>> {
        let steps = self.case.steps.iter();
        let mut locals: Vec<_> = steps
            .map(|step| step.local.as_ref().map(|local| local.status))
            .collect();
        if self.case.config_error.is_some() {
            locals.push(None);
        }
        locals.sort_unstable();
        locals.dedup();
        locals
    }

    /// Whether it has an Envoy of its own. What its filter does in the background goes by the clock,
    /// which other cases set back and forth.
    pub fn stands_alone(&self) -> bool {
        let entry = setup::entry(&self.filter);
        entry.capabilities.timers && self.case.asks_upstreams()
    }

    /// Why it cannot run in Envoy over that protocol; none where it can.
    pub fn cannot_run(&self, protocol: Protocol) -> Option<&'static str> {
        let unsendable = || {
            (protocol == Protocol::Http2)
                .then(|| unsendable(&self.case))
                .flatten()
        };
        cannot_run(&self.case, Runner::Envoy).or_else(unsendable)
    }
}

/// What the HTTP/2 client, which checks what it sends, has no way to say.
fn unsendable(case: &Case) -> Option<&'static str> {
    let connection = ["connection", "keep-alive", "transfer-encoding", "upgrade"];
    let mut headers = case.steps.iter().flat_map(|step| &step.request.headers.0);
    headers
        .any(|(name, _)| connection.contains(&name.to_ascii_lowercase().as_str()))
        .then_some("HTTP/2 has no connection headers")
}

/// A case file that is none.
#[derive(Debug, Clone)]
pub struct Unreadable {
    /// As [`CaseFile::name`].
    pub name: String,
    /// What is wrong with it.
    pub why: String,
}

/// Every case and example of a filter, sorted by name.
pub fn of_filter(filter: &str) -> Vec<Result<CaseFile, Unreadable>> {
    ["cases", "examples"]
        .into_iter()
        .flat_map(|kind| of_folder(filter, kind))
        .collect()
}

fn of_folder(filter: &str, kind: &str) -> Vec<Result<CaseFile, Unreadable>> {
    let folder = setup::folder(filter).join(kind);
    let Ok(files) = fs::read_dir(&folder) else {
        return vec![];
    };
    let mut files: Vec<_> = files.map(|file| file.expect("a file").path()).collect();
    files.retain(|file| file.extension().is_some_and(|end| end == "yaml"));
    files.sort();
    let read = |file: &PathBuf| {
        let stem = file.file_stem().expect("a name").to_string_lossy();
        let name = format!("{kind}/{stem}");
        match Case::parse(&fs::read_to_string(file).expect("a case")) {
            Ok(case) => Ok(CaseFile {
                filter: filter.to_owned(),
                name,
                case,
            }),
            Err(why) => Err(Unreadable {
                name,
                why: why.to_string(),
            }),
        }
    };
    files.iter().map(read).collect()
}
