//! Every case and example of every filter behind stock Envoy Gateway, and `docs/where-it-runs.md`,
//! which says what came of it.
//!
//! All of it runs in a network namespace of this program. Where that is not allowed these tests
//! are skipped, except in CI.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "this is a test"
)]

mod batches;
mod table;

use std::process::ExitCode;
use std::sync::{Arc, Mutex};

use batches::{Batches, batches};
use hachure_e2e::cases::{CaseFile, of_filter};
use hachure_e2e::cluster::namespace;
use hachure_e2e::setup;
use libtest_mimic::{Arguments, Failed, Trial};
use table::Table;

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    let allowed = namespace::enter();
    if let Err(why) = &allowed {
        eprintln!("the cases behind gateways are skipped: {why}");
        assert!(
            std::env::var_os("CI").is_none(),
            "in CI they are not skipped"
        );
    }
    // A batch of them shares an Envoy.
    arguments.test_threads = Some(1);
    let files: Arc<[CaseFile]> = files().into();
    let table = Arc::new(Mutex::new(Table::of(&files)));
    let shared = Arc::new(Mutex::new(Batches::new(Arc::clone(&files))));
    let mut trials: Vec<_> = batches(&files)
        .into_iter()
        .enumerate()
        .flat_map(|(number, batch)| batch.into_iter().map(move |file| (number, file)))
        .map(|(number, file)| {
            let (shared, table) = (Arc::clone(&shared), Arc::clone(&table));
            let name = format!("{}/{}", file.filter, file.name);
            let run = move || {
                let outcome = shared
                    .lock()
                    .unwrap_or_else(|it| it.into_inner())
                    .run(number, &file);
                table.lock().unwrap().ran(&file.filter, outcome.is_ok());
                outcome.map_err(|lines| Failed::from(lines.join("\n")))
            };
            Trial::test(name, run)
                .with_kind("Envoy Gateway")
                .with_ignored_flag(allowed.is_err())
        })
        .collect();
    let last = Arc::clone(&table);
    let written = move || last.lock().unwrap().check().map_err(Failed::from);
    let whole = Trial::test("docs/where-it-runs.md says what came of it", written);
    trials.push(
        whole.with_ignored_flag(
            allowed.is_err() || arguments.filter.is_some() || !table::is_wanted(),
        ),
    );
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// Every case and example. One that is none fails where cases run in Envoy alone.
fn files() -> Vec<CaseFile> {
    let filters = setup::filters().into_iter();
    filters
        .flat_map(|filter| of_filter(&filter))
        .filter_map(Result::ok)
        .collect()
}
