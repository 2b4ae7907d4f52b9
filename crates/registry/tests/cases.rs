//! Every case and every example of every filter, natively: one test per file.
//!
//! With `HACHURE_BLESS=1` (`make bless`) a file that differs is rewritten to what was seen. CI never
//! does.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "this is a test"
)]

use std::env;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use hachure_casefile::{Case, bless, bless_config_error, native};
use hachure_registry::{FILTERS, Filter};
use libtest_mimic::{Arguments, Failed, Trial};

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let trials = FILTERS
        .iter()
        .flat_map(|filter| ["cases", "examples"].map(|kind| trials(filter, kind)))
        .flatten()
        .collect();
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn trials(filter: &'static Filter, kind: &'static str) -> Vec<Trial> {
    let filters = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../filters");
    let files = fs::read_dir(filters.join(filter.name).join(kind));
    let mut files: Vec<_> = files
        .expect("every filter has cases and examples")
        .map(|file| file.unwrap().path())
        .collect();
    files.sort();
    files
        .into_iter()
        .map(|file| {
            let stem = file.file_stem().unwrap().to_string_lossy().into_owned();
            Trial::test(format!("{}/{kind}/{stem}", filter.name), move || {
                run(filter, &file)
            })
        })
        .collect()
}

fn run(filter: &Filter, file: &Path) -> Result<(), Failed> {
    let text = fs::read_to_string(file)?;
    let case = Case::parse(&text)?;
    let checked = native::check(&case, filter.name, filter.compile);
    let blessing = env::var_os("HACHURE_BLESS").is_some() && env::var_os("CI").is_none();
    if blessing && checked.is_err() {
        fs::write(file, blessed(filter, &case, &text)?)?;
        return Ok(());
    }
    checked.map_err(Failed::from)
}

fn blessed(filter: &Filter, case: &Case, text: &str) -> Result<String, Failed> {
    match (
        (filter.compile)(case.config.to_string().as_bytes()),
        &case.config_error,
    ) {
        (Ok(policy), None) => {
            let mut host = native::Host::of(&*policy, case);
            let seen: Vec<_> = case.steps.iter().map(|step| host.step(step)).collect();
            Ok(bless(text, filter.name, &seen)?)
        }
        (Err(errors), Some(_)) => Ok(bless_config_error(text, &errors.to_string())?),
        (Err(errors), None) => Err(format!("the config is refused: {errors}").into()),
        (Ok(_), Some(_)) => Err("the config is not refused: write the steps first".into()),
    }
}
