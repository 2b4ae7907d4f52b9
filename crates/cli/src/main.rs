//! `hachure`: the catalogue of filters, checks of their configs, a simulator, and Envoy with them.
//!
//! Everything about the filters is in the binary: it reads no other file than those it is given.

#![allow(
    clippy::disallowed_methods,
    reason = "a command runs on a machine that has a clock"
)]

mod catalog;
mod catalogue;
mod config;
mod cursor;
mod finding;
mod input;
mod inspect;
mod output;
mod package;
mod push;
mod render;
mod run;
mod run_file;
mod schema;
mod simulate;
mod validate;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Envoy filters that are checked before they ship.
///
/// Pick a filter from the catalogue, write its config, let `validate` check it (alone or inside the
/// manifests that carry it), see with `simulate` what it does to one request, and `run` it in a
/// real Envoy on this machine. `render` writes what attaches the same filters elsewhere.
#[derive(Parser)]
#[command(name = "hachure", version, after_help = TOUR)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

const TOUR: &str = "\
A first tour:
  hachure catalog
  hachure catalog show cors
  hachure validate edge-policy.yaml
  hachure simulate cors --config cors.yaml --request preflight.http
  hachure run routes.yaml
  hachure render routes.yaml --for envoy-gateway
  hachure inspect --admin http://127.0.0.1:9901

Exit codes: 0 all is well, 1 something is wrong and was named, 2 wrong usage.";

#[derive(Subcommand)]
enum Command {
    Catalog(catalog::Options),
    Schema(schema::Options),
    Validate(validate::Options),
    Simulate(simulate::Options),
    Run(run::Options),
    Package(package::Options),
    Push(push::Options),
    Render(render::Options),
    Inspect(inspect::Options),
    Try(run::elsewhere::Options),
    #[command(hide = true)]
    ExampleApi(run::elsewhere::ExampleOptions),
}

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Catalog(options) => catalog::run(&options),
        Command::Schema(options) => schema::run(&options),
        Command::Validate(options) => validate::run(&options),
        Command::Simulate(options) => simulate::run(&options),
        Command::Run(options) => run::run(&options),
        Command::Package(options) => package::run(&options),
        Command::Push(options) => push::run(&options),
        Command::Render(options) => render::run(&options),
        Command::Inspect(options) => inspect::run(&options),
        Command::Try(options) => run::elsewhere::run(&options),
        Command::ExampleApi(options) => run::elsewhere::example(&options),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            output::complain(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}
