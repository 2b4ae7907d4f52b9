//! `cargo xtask bless`: cases expect what the policies do, the command's golden files what it prints,
//! and generated files are what they are generated from. For a person, who then reads the difference.

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
    for (package, test) in [("hachure-registry", "cases"), ("hachure", "cli")] {
        let mut cargo = Command::new("cargo");
        cargo
            .current_dir(repository.root())
            .env("HACHURE_BLESS", "1");
        cargo.args(["test", "--quiet", "--package", package, "--test", test]);
        command::run(&mut cargo)?;
    }
    Ok(())
}
