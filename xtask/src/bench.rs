//! `cargo xtask bench`: the modules' cost beside the native filters, into `docs/benchmarks.md`.

use std::process::Command;

use anyhow::Result;

use crate::command;
use crate::modules;
use crate::repository::Repository;
use crate::tools::cache::Cache;
use crate::tools::{envoy, system};

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Options of the bench: --rounds, --seconds
    #[arg(
        value_name = "OPTION",
        trailing_var_arg = true,
        allow_hyphen_values = true
    )]
    options: Vec<String>,
}

pub(crate) fn run(repository: &Repository, options: &Options) -> Result<()> {
    let cache = Cache::open()?;
    let envoy = envoy::find(&cache)?;
    let wrk = system::wrk(&cache)?;
    modules::build(repository, &[])?;
    let mut bench = Command::new("cargo");
    bench.current_dir(repository.root());
    bench.args([
        "run",
        "--quiet",
        "--release",
        "--package",
        "hachure-bench",
        "--",
    ]);
    bench.arg("--envoy").arg(envoy.path).arg("--wrk").arg(wrk);
    bench.arg("--modules").arg(repository.modules());
    bench
        .args(["--page", "docs/benchmarks.md"])
        .args(&options.options);
    command::run(&mut bench)
}
