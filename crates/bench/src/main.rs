//! `make bench`: CPU time of the Envoy process per request, of our filters beside Envoy's own.
//!
//! All subjects are listeners of one Envoy with one worker, loaded in turn with the same requests.
//! A round visits each once, right beside its base, the router alone: first the one, then the other,
//! in the next round the other way round. What a subject adds is the difference of the two, since a
//! machine is quicker in one minute than in the next. One subject is the base again: what it adds is
//! the error of the run, and a run whose error is too large is void.
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
mod nothing;
mod page;
mod stats;
mod subjects;
mod upstream;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use clap::Parser;
use hachure_envoy::{Binary, Bootstrap, Options, Process};

use crate::stats::Series;
use crate::subjects::{Base, Request, Subject};

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
    /// Rounds; each visits every subject and its base once
    #[arg(long, default_value_t = 12)]
    rounds: usize,
    /// Seconds of load per measurement
    #[arg(long, default_value_t = 1)]
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
    let error = series[0].added().median;
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
    let upstream = upstream::start(binary, folder.path())?;
    let bootstrap = Bootstrap::new().cluster(upstream::cluster(&upstream)?);
    let bases = Base::ALL.map(Base::listener).into_iter();
    let listeners = bases.chain(subjects.iter().map(|subject| subject.listener.clone()));
    let bootstrap = listeners.fold(bootstrap, Bootstrap::listener);
    let options = Options::new(folder.path()).log_level("error");
    let envoy = Process::start(binary, &bootstrap, &options)?;
    for subject in subjects {
        subject.check(&envoy)?;
    }
    let slice = Duration::from_secs(arguments.seconds);
    let mut series = vec![Series::default(); subjects.len()];
    let load = |listener: &str, request: &Request, time| {
        one(&envoy, &arguments.wrk, listener, request, time)
    };
    // Nothing is measured cold.
    for subject in subjects {
        load(subject.base.id(), &subject.request, Duration::from_secs(1))?;
        load(&subject.id, &subject.request, Duration::from_secs(1))?;
    }
    for round in 1..=arguments.rounds {
        eprintln!(
            "round {round}/{} ({} subjects)",
            arguments.rounds,
            subjects.len()
        );
        for (subject, series) in subjects.iter().zip(&mut series) {
            let mut pair = [subject.base.id(), &subject.id];
            if round % 2 == 0 {
                pair.reverse();
            }
            let asked = &subject.request;
            let mut figures = [load(pair[0], asked, slice)?, load(pair[1], asked, slice)?];
            if round % 2 == 0 {
                figures.reverse();
            }
            series.push(figures[0], figures[1]);
        }
    }
    envoy.stop();
    upstream.stop();
    Ok(series)
}

/// Microseconds of CPU per request.
fn one(
    envoy: &Process,
    wrk: &str,
    listener: &str,
    request: &Request,
    slice: Duration,
) -> Result<f64> {
    let address = envoy.address(listener);
    let address = address.with_context(|| format!("{listener}: a listener without an address"))?;
    let before = cpu::of(envoy.id())?;
    let requests = load::run(wrk, address, request, slice)?;
    let used = cpu::of(envoy.id())? - before;
    Ok(used.as_secs_f64() * 1e6 / requests as f64)
}

/// The module of a filter.
fn module(modules: &Path, filter: &str) -> PathBuf {
    modules.join(format!("{filter}.wasm"))
}
