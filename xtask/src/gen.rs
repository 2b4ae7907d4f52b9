//! `cargo xtask gen`: everything that is derived from `filters/*`, written or checked.

mod docs;
mod fields;
mod manifests;
mod markdown;
pub(crate) mod names;
mod registry;
mod schemas;

use anyhow::{Result, bail};
use clap::Args;

use crate::repository::Repository;

/// How generated files are treated.
#[derive(Args)]
pub(crate) struct Options {
    /// Write nothing; fail if a generated file is not what it would be
    #[arg(long)]
    pub(crate) check: bool,
}

/// Where generated text goes: to its file, or against what is there.
struct Output<'a> {
    repository: &'a Repository,
    check: bool,
    stale: Vec<String>,
}

impl Output<'_> {
    /// Gives `path` (relative to the repository) that text.
    fn put(&mut self, path: &str, text: &str) -> Result<()> {
        let file = self.repository.path(path);
        if std::fs::read_to_string(&file).is_ok_and(|now| now == text) {
            return Ok(());
        }
        if self.check {
            self.stale.push(path.to_owned());
        } else {
            println!("wrote {path}");
            if let Some(folder) = file.parent() {
                std::fs::create_dir_all(folder)?;
            }
            std::fs::write(&file, text)?;
        }
        Ok(())
    }

    /// Removes `path`, which nothing generates any more.
    fn remove(&mut self, path: &str) -> Result<()> {
        if self.check {
            self.stale.push(path.to_owned());
            return Ok(());
        }
        println!("removed {path}");
        Ok(std::fs::remove_file(self.repository.path(path))?)
    }
}

/// Generates everything. With `--check`, names each file that is out of date.
pub(crate) fn run(repository: &Repository, options: &Options) -> Result<()> {
    let mut out = Output {
        repository,
        check: options.check,
        stale: vec![],
    };
    let filters = repository.filters()?;
    filters
        .iter()
        .try_for_each(|name| names::check_name(name))?;
    registry::generate(&filters, &mut out)?;
    if out.stale.is_empty() {
        schemas::generate(&mut out)?;
        docs::generate(&filters, &mut out)?;
        manifests::generate(&mut out)?;
    }
    if out.stale.is_empty() {
        return Ok(());
    }
    bail!(
        "out of date: {}; run `cargo xtask gen` and commit what it writes",
        out.stale.join(", ")
    )
}
