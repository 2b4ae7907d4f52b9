//! What `make` calls: fetches tools, builds and audits the modules, runs the steps of `check` and
//! `test`. `cargo xtask --help` lists the commands.
// A command-line program prints, and times its steps; its sums are of counters that stay small.
#![allow(clippy::print_stdout, clippy::print_stderr)]
#![allow(clippy::disallowed_methods)]
#![allow(clippy::arithmetic_side_effects)]
// What is indexed here is JSON, where a key that is not there gives null.
#![allow(clippy::indexing_slicing)]

mod audit;
mod bench;
mod bless;
mod check;
mod command;
mod component;
mod demo;
mod gateways;
mod r#gen;
mod modules;
mod new_filter;
mod node;
mod progress;
mod repository;
mod steps;
mod test;
mod tools;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::gateways::Gateway;
use crate::repository::Repository;

/// Everything that is done to this repository, by name.
#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Measure what the filters cost beside native ones, into docs/benchmarks.md
    Bench(bench::Options),
    /// Rewrite the expectations of cases, and all generated files
    Bless,
    /// Build filter modules (all, or those named) into target/modules, and audit them
    Build { names: Vec<String> },
    /// Audit the built modules: imports, exports, size, machine paths, panics
    Audit(audit::Options),
    /// The fast inner loop: format, lints, native tests, generated files
    Check(steps::Selection),
    /// Run stock Contour with contour-extension on a real API server, for a person to play with
    Cluster,
    /// Build the policies as a WebAssembly component and ask it every case in Node
    Component,
    /// Run real Envoy with every filter; --check sends the demo's requests and ends
    Demo(demo::Options),
    /// Run stock Contour with the filters; --check sends the demo's requests and ends
    DemoContour(gateways::Options),
    /// Run stock Envoy Gateway with every filter; --check sends the demo's requests and ends
    DemoEg(gateways::Options),
    /// Write what is derived from filters/*: the registry, schemas, tables
    Gen(r#gen::Options),
    /// Write a new filter's folder, which builds, passes and is in the catalogue
    NewFilter { name: String },
    /// Run the cases in Node, through the policies compiled to Wasm
    Node,
    /// Everything
    Test(steps::Selection),
    /// Find or install tools (all, or those named) and print where they are
    Tools(tools::Options),
}

fn main() -> ExitCode {
    match run(Arguments::parse().command) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Whether all went well; steps have said themselves what did not.
fn run(task: Task) -> Result<bool> {
    let repository = Repository::find()?;
    match task {
        Task::Bench(options) => bench::run(&repository, &options)?,
        Task::Bless => bless::run(&repository)?,
        Task::Build { names } => {
            modules::build(&repository, &names)?;
            audit::modules(&repository, &names)?;
        }
        Task::Audit(options) => audit::run(&repository, &options)?,
        Task::Check(which) => return steps::run("check", check::STEPS, &which, &repository),
        Task::Cluster => gateways::cluster(&repository)?,
        Task::Component => command::run(&mut component::tests(&repository)?)?,
        Task::Demo(options) => demo::run(&repository, &options)?,
        Task::DemoContour(options) => {
            gateways::demo(&repository, Gateway::Contour, &options)?;
        }
        Task::DemoEg(options) => {
            gateways::demo(&repository, Gateway::EnvoyGateway, &options)?;
        }
        Task::Gen(options) => r#gen::run(&repository, &options)?,
        Task::NewFilter { name } => new_filter::run(&repository, &name)?,
        Task::Node => command::run(&mut node::tests(&repository)?)?,
        Task::Test(which) => return steps::run("test", &test::steps(), &which, &repository),
        Task::Tools(options) => tools::run(&repository, &options)?,
    }
    Ok(true)
}
