//! The component for Node, which runs no components itself.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::command;
use crate::tools::cache::Cache;
use crate::tools::npm;

/// Writes the JavaScript of `component` into `folder/js`, and its world into `folder/world.wit`.
pub(crate) fn transpile(cache: &Cache, component: &Path, folder: &Path) -> Result<()> {
    let jco = npm::JCO.program(cache)?;
    let mut transpile = Command::new(&jco);
    transpile.arg("transpile").arg(component);
    transpile
        .arg("--quiet")
        .arg("--out-dir")
        .arg(folder.join("js"));
    command::run(&mut transpile)?;
    let mut wit = Command::new(&jco);
    wit.arg("wit")
        .arg(component)
        .arg("--output")
        .arg(folder.join("world.wit"));
    command::output(&mut wit).map(drop)
}
