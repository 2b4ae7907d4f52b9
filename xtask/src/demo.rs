//! `cargo xtask demo`: real Envoy with every filter, as the `demo.yaml` in each filter's folder
//! attaches it. Fetches and builds what is missing, then becomes `hachure run`.

use std::os::unix::process::CommandExt;
use std::process::Command;

use anyhow::{Result, ensure};

use crate::command;
use crate::modules;
use crate::repository::Repository;
use crate::tools::cache::Cache;
use crate::tools::envoy;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Options of `hachure run`: --check sends the requests and ends, --port chooses the port
    #[arg(
        value_name = "OPTION",
        trailing_var_arg = true,
        allow_hyphen_values = true
    )]
    options: Vec<String>,
}

/// Comes back only with an error: the last thing it does is to become the demo, which is then what
/// Ctrl-C ends.
pub(crate) fn run(repository: &Repository, options: &Options) -> Result<()> {
    let files = files(repository)?;
    let envoy = envoy::find(&Cache::open()?)?;
    modules::build(repository, &[])?;
    command::run(&mut hachure(repository, &["build"]))?;
    let mut demo = hachure(repository, &["run", "--quiet"]);
    demo.args(["--", "run"]).args(files);
    demo.arg("--envoy").arg(envoy.path);
    demo.arg("--modules").arg(repository.modules());
    demo.args(&options.options);
    let error = demo.exec();
    Err(command::not_started(&demo, &error))
}

/// What cargo is to do with the package `hachure`.
fn hachure(repository: &Repository, arguments: &[&str]) -> Command {
    let mut cargo = Command::new("cargo");
    cargo.args(arguments).args(["--package", "hachure"]);
    cargo.current_dir(repository.root());
    cargo
}

/// The demo of each filter, relative to the root.
fn files(repository: &Repository) -> Result<Vec<String>> {
    let filters = repository.filters()?.into_iter();
    let files = filters.map(|name| format!("filters/{name}/demo.yaml"));
    let files: Vec<_> = files
        .filter(|file| repository.path(file).is_file())
        .collect();
    ensure!(
        !files.is_empty(),
        "no filter has a demo: filters/*/demo.yaml"
    );
    Ok(files)
}
