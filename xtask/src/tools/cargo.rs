//! Programs that cargo builds from their crates.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::command;
use crate::progress;
use crate::repository::Repository;
use crate::tools::cache::Cache;

const LIMIT: Duration = Duration::from_secs(2 * 60 * 60);

/// Runs tests in Node. Its version must be that of the crate `wasm-bindgen` in the lock file.
pub(crate) fn wasm_bindgen(repository: &Repository, cache: &Cache) -> Result<PathBuf> {
    let lock = std::fs::read_to_string(repository.path("Cargo.lock")).context("Cargo.lock")?;
    let version = locked_version(&lock, "wasm-bindgen")
        .context("Cargo.lock has no wasm-bindgen: nothing here is tested in Node yet")?;
    Ok(install(cache, "wasm-bindgen-cli", version, "200 s")?.join("wasm-bindgen-test-runner"))
}

/// Builds WebAssembly components.
pub(crate) fn component(cache: &Cache) -> Result<PathBuf> {
    Ok(install(cache, "cargo-component", "0.21.1", "370 s")?.join("cargo-component"))
}

/// The folder of the programs of one crate.
fn install(cache: &Cache, name: &str, version: &str, time: &str) -> Result<PathBuf> {
    let key = format!("{name}-{version}");
    let build = cache.build(&key);
    let folder = cache.folder(&key, |folder| {
        let what = format!("building {name} {version} (about {time} on two cores)");
        progress::line(&what, || compile(cache, name, version, &build, folder))
    })?;
    if build.is_dir() {
        std::fs::remove_dir_all(&build)?;
    }
    Ok(folder.join("bin"))
}

/// Builds with the dependencies that the crate's own lock file names. A registry that lacks one of
/// them may have others that serve.
fn compile(cache: &Cache, name: &str, version: &str, build: &Path, folder: &Path) -> Result<()> {
    let log = cache.log(name);
    let locked = command::logged(
        cargo_install(name, version, build, folder).arg("--locked"),
        &log,
        LIMIT,
    );
    let why = std::fs::read_to_string(&log).unwrap_or_default();
    if locked.is_err() && why.contains("error: failed to select a version") {
        return command::logged(
            &mut cargo_install(name, version, build, folder),
            &log,
            LIMIT,
        );
    }
    locked
}

fn cargo_install(name: &str, version: &str, build: &Path, folder: &Path) -> Command {
    let mut cargo = Command::new("cargo");
    cargo.args(["install", "--no-track", "--version", version, "--root"]);
    // Outside the repository, whose cargo settings are not for other programs.
    cargo.arg(folder).arg(name).current_dir(folder);
    cargo
        .env("CARGO_TARGET_DIR", build)
        .env_remove("CARGO_ENCODED_RUSTFLAGS");
    cargo
}

/// The version of the package `name` in a lock file.
fn locked_version<'lock>(lock: &'lock str, name: &str) -> Option<&'lock str> {
    let line = format!("name = \"{name}\"");
    let mut lines = lock.lines().skip_while(|at| *at != line).skip(1);
    lines
        .next()?
        .strip_prefix("version = \"")?
        .strip_suffix('"')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_come_from_the_lock_file() {
        let lock = "[[package]]\nname = \"a-b\"\nversion = \"1.0.0\"\n\n[[package]]\nname = \"a\"\nversion = \"0.2.130\"\n";
        assert_eq!(locked_version(lock, "a"), Some("0.2.130"));
        assert_eq!(locked_version(lock, "b"), None);
    }
}
