//! `cargo xtask demo-eg`: stock Envoy Gateway with every filter, on processes of this machine.
//! Fetches and builds what is missing, then becomes the demo (`e2e/src/bin/demo-eg.rs`).

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

/// Comes back only with an error: the last thing it does is to become the demo, which is then what
/// Ctrl-C ends.
pub(crate) fn run(repository: &Repository, options: &Options) -> Result<()> {
    let cache = Cache::open()?;
    modules::build(repository, &[])?;
    let mut build = Command::new("cargo");
    build.args(["build", "--package", "hachure", "--package", "hachure-e2e"]);
    build.args(["--bin", "hachure", "--bin", "demo-eg"]);
    command::run(build.current_dir(repository.root()))?;
    let mut demo = Command::new(repository.path("target/debug/demo-eg"));
    demo.env("ENVOY", envoy::find(&cache)?.path);
    demo.env("IP", system::ip(&cache)?);
    demo.env("ETCD", go::ETCD.program(&cache)?);
    demo.env("KUBE_APISERVER", go::KUBE_APISERVER.program(&cache)?);
    demo.env("ENVOY_GATEWAY", go::ENVOY_GATEWAY.program(&cache)?);
    if options.check {
        demo.arg("--check");
    }
    let error = demo.exec();
    Err(command::not_started(&demo, &error))
}
