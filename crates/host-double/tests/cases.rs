//! Every case and every example of every filter, through the module's code over the double: one
//! test per file, each in a thread of its own.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "this is a test"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use hachure_casefile::{Case, Runner, Strictness, cannot_run, compare};
use hachure_exchange::Policy;
use hachure_host_double::case::Player;
use hachure_host_double::{Double, Refused};
use libtest_mimic::{Arguments, Failed, Trial};

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let trials = starters()
        .into_iter()
        .flat_map(|(filter, start)| files(filter).map(move |file| trial(filter, start, file)))
        .collect();
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// What each module does in `_initialize`, by the catalogue name.
fn starters() -> BTreeMap<&'static str, fn()> {
    let mut all: BTreeMap<&'static str, fn()> = BTreeMap::new();
    macro_rules! add {
        ($policy:ty) => {
            all.insert(<$policy>::NAME, hachure_host::start::<$policy>)
        };
    }
    hachure_registry::for_each_policy!(add);
    all
}

fn files(filter: &str) -> impl Iterator<Item = PathBuf> + use<> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../filters")
        .join(filter);
    let mut files: Vec<_> = ["cases", "examples"]
        .iter()
        .flat_map(|kind| fs::read_dir(folder.join(kind)).expect("every filter has both"))
        .map(|file| file.unwrap().path())
        .collect();
    files.sort();
    files.into_iter()
}

fn trial(filter: &'static str, start: fn(), file: PathBuf) -> Trial {
    let stem = file.file_stem().unwrap().to_string_lossy().into_owned();
    let case = fs::read_to_string(&file)
        .map_err(|error| error.to_string())
        .and_then(|text| Case::parse(&text).map_err(|error| error.to_string()));
    let elsewhere = case
        .as_ref()
        .ok()
        .and_then(|case| cannot_run(case, Runner::HostDouble));
    let trial = Trial::test(format!("{filter}/{stem}"), move || {
        let case = case?;
        // The SDK's state and the double's are the thread's.
        let run = std::thread::spawn(move || run(filter, start, &case));
        let outcome = run
            .join()
            .unwrap_or_else(|panic| Err(text(&*panic).to_owned()));
        outcome.map_err(Failed::from)
    });
    match elsewhere {
        Some(why) => trial.with_kind(why).with_ignored_flag(true),
        None => trial,
    }
}

fn text(panic: &dyn std::any::Any) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("it panicked")
}

fn run(filter: &str, start: fn(), case: &Case) -> Result<(), String> {
    let double = Double::new()
        .plugin_name(filter)
        .root_id(filter)
        .plugin_config(case.config.to_string())
        .allow_on_headers_stop_iteration(case.holds_headers());
    let double = Player::prepare(case, double);
    let vm = match (double.start(start), &case.config_error) {
        (Ok(vm), None) => vm,
        (Err(refused), Some(expected)) => return one_line(filter, &refused, expected),
        (Err(refused), None) => return Err(refused.to_string()),
        (Ok(_), Some(expected)) => return Err(format!("not refused: {expected}")),
    };
    let mut mismatches = vec![];
    let mut player = Player::start(&double, &vm, case);
    for (i, step) in case.steps.iter().enumerate() {
        let seen = player.step(step);
        for mismatch in compare(filter, &step.expect, &seen, Strictness::Exact) {
            mismatches.push(format!("steps[{i}]: {mismatch}"));
        }
    }
    let broken = vm.take_violations();
    mismatches.extend(broken.iter().map(ToString::to_string));
    if mismatches.is_empty() {
        Ok(())
    } else {
        Err(mismatches.join("\n"))
    }
}

/// A refused config is one line in the log, which says what is wrong.
fn one_line(filter: &str, refused: &Refused, expected: &str) -> Result<(), String> {
    const ERROR: u32 = 4;
    match refused.lines.as_slice() {
        [line] if line.level == ERROR && line.text == said(filter, expected) => Ok(()),
        lines => Err(format!("expected one line about {expected}, saw {lines:?}")),
    }
}

fn said(filter: &str, error: &str) -> String {
    format!("{filter}: config refused: {error}")
}
