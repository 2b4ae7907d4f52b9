//! Proof that a new filter needs no edit elsewhere: in a copy of the repository one is made, built,
//! tested and found in the catalogue.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::repository::Repository;
use crate::steps::Session;

const NAME: &str = "proof-of-concept";

/// Makes the filter in `target/new-filter`, which keeps its builds for the next time.
pub(crate) fn prove(session: &mut Session<'_>) -> Result<()> {
    let copy = session.repository.path("target/new-filter");
    copy_of(session.repository, &copy)?;
    session.run(&mut xtask(&copy, &["new-filter", NAME]))?;
    session.run(&mut xtask(&copy, &["gen", "--check"]))?;
    session.tests(cargo(&copy, &["test", "--package", "hachure-registry"]).args(["--", NAME]))?;
    session.tests(&mut cargo(
        &copy,
        &[
            "test",
            "--package",
            "hachure-registry",
            "--test",
            "catalogue",
        ],
    ))?;
    session.tests(&mut cargo(&copy, &["test", "--package", "hachure"]))?;
    session.run(&mut xtask(&copy, &["build", NAME]))?;
    let catalogue = cargo(
        &copy,
        &["run", "--quiet", "--package", "hachure", "--", "catalog"],
    )
    .output()
    .context("running `hachure catalog` in the copy")?;
    let catalogue = String::from_utf8_lossy(&catalogue.stdout);
    ensure!(
        catalogue.contains(NAME),
        "the new filter is not in the catalogue:\n{catalogue}"
    );
    Ok(())
}

fn xtask(copy: &Path, arguments: &[&str]) -> Command {
    let mut command = cargo(copy, &["run", "--quiet", "--package", "xtask", "--"]);
    command.args(arguments);
    command
}

/// `cargo` in the copy. What a `cargo run` around us has set would lead back to this repository.
fn cargo(copy: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("cargo");
    command.args(arguments).current_dir(copy);
    command
        .env_remove("CARGO_TARGET_DIR")
        .env_remove("CARGO_MANIFEST_DIR");
    command
}

/// Makes `copy` hold the files of the repository, and of an earlier copy only its builds.
fn copy_of(repository: &Repository, copy: &Path) -> Result<()> {
    fs::create_dir_all(copy)?;
    for entry in copy.read_dir()? {
        let entry = entry?;
        if entry.file_name() == "target" {
            continue;
        }
        match entry.file_type()?.is_dir() {
            true => fs::remove_dir_all(entry.path())?,
            false => fs::remove_file(entry.path())?,
        }
    }
    for file in files(repository)? {
        let (from, to) = (repository.root().join(&file), copy.join(&file));
        // A file that git knows and that is deleted is not copied.
        if from.is_file() {
            fs::create_dir_all(to.parent().context("a file without a folder")?)?;
            fs::copy(&from, &to).with_context(|| from.display().to_string())?;
        }
    }
    Ok(())
}

/// What git tracks, and what it would: the working copy without what it ignores.
fn files(repository: &Repository) -> Result<Vec<PathBuf>> {
    let mut git = Command::new("git");
    git.args([
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
    ]);
    let listed = git
        .current_dir(repository.root())
        .output()
        .context("running git")?;
    ensure!(
        listed.status.success(),
        "git does not list the files: is this a git checkout?"
    );
    let text = String::from_utf8(listed.stdout).context("a file name that is no text")?;
    Ok(text
        .split('\0')
        .filter(|name| !name.is_empty())
        .map(PathBuf::from)
        .collect())
}
