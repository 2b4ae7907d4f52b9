//! Every case of every filter, natively: one test per file.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "this is a test"
)]

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use hachure_casefile::{Case, Strictness, compare, native};
use hachure_registry::{FILTERS, Filter};
use libtest_mimic::{Arguments, Failed, Trial};

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let trials = FILTERS.iter().flat_map(cases_of).collect();
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn cases_of(filter: &'static Filter) -> Vec<Trial> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../filters")
        .join(filter.name)
        .join("cases");
    let mut files: Vec<_> = fs::read_dir(&folder)
        .expect("every filter has cases")
        .map(|f| f.unwrap().path())
        .collect();
    files.sort();
    files
        .into_iter()
        .map(|file| {
            let stem = file.file_stem().unwrap().to_string_lossy().into_owned();
            Trial::test(format!("{}/{stem}", filter.name), move || {
                run(filter, &fs::read_to_string(&file).unwrap())
            })
        })
        .collect()
}

fn run(filter: &Filter, text: &str) -> Result<(), Failed> {
    let case = Case::parse(text)?;
    let config = case.config.to_string();
    let compiled = (filter.compile)(config.as_bytes());
    let policy = match (compiled, &case.config_error) {
        (Ok(policy), None) => policy,
        (Err(errors), Some(expected)) if errors.to_string() == *expected => return Ok(()),
        (Err(errors), _) => return Err(format!("the config was refused: {errors}").into()),
        (Ok(_), Some(expected)) => return Err(format!("not refused: {expected}").into()),
    };
    let mut mismatches = vec![];
    for (i, step) in case.steps.iter().enumerate() {
        let seen = native::run(&*policy, step, case.now.unwrap_or_default());
        for mismatch in compare(filter.name, &step.expect, &seen, Strictness::Exact) {
            mismatches.push(format!("steps[{i}]: {mismatch}"));
        }
    }
    if mismatches.is_empty() {
        Ok(())
    } else {
        Err(mismatches.join("\n").into())
    }
}
