//! `cargo xtask bless`: cases expect what the policies do, and generated files are what they are
//! generated from. For a person, who then reads the difference.

use std::process::Command;

use anyhow::{Result, ensure};

use crate::command;
use crate::r#gen;
use crate::repository::Repository;

pub(crate) fn run(repository: &Repository) -> Result<()> {
    ensure!(
        std::env::var_os("CI").is_none(),
        "CI blesses nothing: unset CI to do it by hand"
    );
    r#gen::run(repository, &r#gen::Options { check: false })?;
    let mut cases = Command::new("cargo");
    cases
        .current_dir(repository.root())
        .env("HACHURE_BLESS", "1");
    cases.args([
        "test",
        "--quiet",
        "--package",
        "hachure-registry",
        "--test",
        "cases",
    ]);
    command::run(&mut cases)
}
