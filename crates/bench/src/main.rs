//! `make bench`: CPU time of the Envoy process per request, of our filters beside Envoy's own.
//!
//! All subjects are listeners of one Envoy with one worker, loaded in turn with the same requests.
//! A round visits each once; rounds alternate their direction, and every figure is a difference
//! within its round. The router is a subject twice: the difference of the two is the error of the
//! run, and a run whose error is too large is void.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "a program that measures time and prints; a subject and its figures share an index"
)]

mod cpu;
mod load;
mod machine;
mod page;
mod stats;
mod subjects;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use clap::Parser;
use hachure_envoy::{Binary, Bootstrap, Options, Process};

use crate::stats::Series;
use crate::subjects::Subject;

/// The largest A/A difference of a run that counts, in microseconds.
const ERROR_LIMIT: f64 = 0.5;

#[derive(Parser)]
struct Arguments {
    /// The Envoy binary; else $ENVOY, else `envoy` on PATH
    #[arg(long)]
    envoy: Option<PathBuf>,
    /// The folder of the built modules
    #[arg(long, default_value = "target/modules")]
    modules: PathBuf,
    /// The load generator
    #[arg(long, default_value = "wrk")]
    wrk: String,
    /// Rounds; each visits every subject once
    #[arg(long, default_value_t = 8)]
    rounds: usize,
    /// Seconds of load per subject and round
    #[arg(long, default_value_t = 2)]
    seconds: u64,
    /// The page whose figures are rewritten
    #[arg(long)]
    page: Option<PathBuf>,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<()> {
    let binary = Binary::find(arguments.envoy.as_deref())?;
    let modules = arguments.modules.canonicalize().with_context(|| {
        format!(
            "{}: run `cargo xtask build` first",
            arguments.modules.display()
        )
    })?;
    let subjects = subjects::all(&modules)?;
    let series = measure(arguments, &binary, &subjects)?;
    let error = series[1].added(&series[0]).median;
    let table = page::table(&subjects, &series);
    println!("{table}");
    ensure!(
        error.abs() <= ERROR_LIMIT,
        "void: the same subject twice differed by {error:.2} µs; the machine is too busy"
    );
    if let Some(page) = &arguments.page {
        page::write(page, &table, &machine::describe(&binary, arguments))?;
    }
    Ok(())
}

fn measure(arguments: &Arguments, binary: &Binary, subjects: &[Subject]) -> Result<Vec<Series>> {
    let folder = tempfile::tempdir()?;
    let bootstrap = subjects.iter().fold(Bootstrap::new(), |b, subject| {
        b.listener(subject.listener.clone())
    });
    let options = Options::new(folder.path()).log_level("error");
    let envoy = Process::start(binary, &bootstrap, &options)?;
    for subject in subjects {
        subject.check(&envoy)?;
    }
    let slice = Duration::from_secs(arguments.seconds);
    let mut series = vec![Series::default(); subjects.len()];
    for subject in subjects {
        // Nothing is measured cold.
        one(&envoy, &arguments.wrk, subject, Duration::from_secs(1))?;
    }
    for round in 1..=arguments.rounds {
        eprintln!(
            "round {round}/{} ({} subjects)",
            arguments.rounds,
            subjects.len()
        );
        let mut order: Vec<usize> = (0..subjects.len()).collect();
        order.rotate_left(round % subjects.len());
        if round % 2 == 0 {
            order.reverse();
        }
        for index in order {
            series[index].push(one(&envoy, &arguments.wrk, &subjects[index], slice)?);
        }
    }
    envoy.stop();
    Ok(series)
}

/// Microseconds of CPU per request.
fn one(envoy: &Process, wrk: &str, subject: &Subject, slice: Duration) -> Result<f64> {
    let address = envoy
        .address(&subject.id)
        .context("a listener without an address")?;
    let before = cpu::of(envoy.id())?;
    let requests = load::run(wrk, address, slice)?;
    let used = cpu::of(envoy.id())? - before;
    Ok(used.as_secs_f64() * 1e6 / requests as f64)
}

/// The module of a filter.
fn module(modules: &Path, filter: &str) -> PathBuf {
    modules.join(format!("{filter}.wasm"))
}
