//! The policies as a WebAssembly component: built from `component`, turned into JavaScript, and
//! asked every case in Node. What comes of it is in `target/component`.

mod build;
mod javascript;

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};

use crate::command;
use crate::repository::Repository;
use crate::tools::cache::Cache;

/// The command that asks the cases, with all that it needs in place.
pub(crate) fn tests(repository: &Repository) -> Result<Command> {
    if command::find("node").is_none() {
        bail!("`node` is not on PATH: install Node.js 20");
    }
    let cache = Cache::open()?;
    let folder = repository.path("target/component");
    fs::create_dir_all(&folder)?;
    record(repository, &folder)?;
    let component = build::component(repository, &cache, &folder)?;
    javascript::transpile(&cache, &component, &folder)?;
    let tests = repository.path("component/tests");
    let mut node = Command::new("node");
    node.arg("--test-reporter").arg(tests.join("reporter.mjs"));
    node.arg(tests.join("all.mjs"));
    Ok(node)
}

/// What the policies decide natively, for the component to be held against.
fn record(repository: &Repository, folder: &Path) -> Result<()> {
    let mut cargo = Command::new("cargo");
    cargo.current_dir(repository.root());
    cargo.args(["run", "--quiet", "--package", "hachure-component-recording"]);
    let recording = command::output(&mut cargo)?;
    Ok(fs::write(folder.join("recording.json"), recording)?)
}
