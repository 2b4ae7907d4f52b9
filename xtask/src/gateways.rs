//! `cargo xtask cluster`, `demo-contour` and `demo-eg`: stock gateways with the filters, against a real
//! API server, on processes of this machine. Fetches and builds what is missing, then becomes the
//! program of that name (`e2e/src/bin`).

use std::os::unix::process::CommandExt;
use std::process::Command;

use anyhow::Result;

use crate::command;
use crate::modules;
use crate::repository::Repository;
use crate::tools::cache::Cache;
use crate::tools::{envoy, go, system};

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Send the demo's requests, print what came of each, and end with 0 or 1
    #[arg(long)]
    check: bool,
}

/// What is shown.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gateway {
    Contour,
    EnvoyGateway,
}

/// Contour without filters, for a person to play with.
pub(crate) fn cluster(repository: &Repository) -> Result<()> {
    turn_into("cluster", repository, Gateway::Contour, false)
}

/// A gateway with the filters.
pub(crate) fn demo(repository: &Repository, gateway: Gateway, options: &Options) -> Result<()> {
    let program = match gateway {
        Gateway::Contour => "demo-contour",
        Gateway::EnvoyGateway => "demo-eg",
    };
    turn_into(program, repository, gateway, options.check)
}

/// Comes back only with an error: the last thing it does is to become the program, which is then
/// what Ctrl-C ends.
fn turn_into(program: &str, repository: &Repository, gateway: Gateway, check: bool) -> Result<()> {
    let cache = Cache::open()?;
    modules::build(repository, &[])?;
    let mut build = Command::new("cargo");
    build.args(["build", "--package", "hachure", "--package", "hachure-e2e"]);
    build.args(["--bin", "hachure", "--bin", program]);
    if gateway == Gateway::Contour {
        build.args(["--package", "hachure-contour-extension"]);
        build.args(["--bin", "contour-extension"]);
    }
    command::run(build.current_dir(repository.root()))?;
    let mut becomes = Command::new(repository.path(&format!("target/debug/{program}")));
    tools(&mut becomes, &cache)?;
    match gateway {
        Gateway::Contour => becomes.env("CONTOUR", go::CONTOUR.program(&cache)?),
        Gateway::EnvoyGateway => becomes.env("ENVOY_GATEWAY", go::ENVOY_GATEWAY.program(&cache)?),
    };
    if check {
        becomes.arg("--check");
    }
    let error = becomes.exec();
    Err(command::not_started(&becomes, &error))
}

/// Tells a program where Envoy is, and what an API server in a network namespace needs.
pub(crate) fn tools(command: &mut Command, cache: &Cache) -> Result<()> {
    command.env("ENVOY", envoy::find(cache)?.path);
    command.env("IP", system::ip(cache)?);
    command.env("ETCD", go::ETCD.program(cache)?);
    command.env("KUBE_APISERVER", go::KUBE_APISERVER.program(cache)?);
    Ok(())
}
