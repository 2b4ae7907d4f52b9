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
    let program = Program {
        name: "wasm-bindgen-cli",
        version,
        time: "200 s",
        optimised: true,
    };
    Ok(program.install(cache)?.join("wasm-bindgen-test-runner"))
}

/// Builds WebAssembly components.
pub(crate) fn component(cache: &Cache) -> Result<PathBuf> {
    // Seconds to run and minutes to compile: unoptimised it compiles in less than half the time.
    let program = Program {
        name: "cargo-component",
        version: "0.21.1",
        time: "220 s",
        optimised: false,
    };
    Ok(program.install(cache)?.join("cargo-component"))
}

/// Holds the crates of the lock file against `deny.toml`.
pub(crate) fn deny(cache: &Cache) -> Result<PathBuf> {
    let program = Program {
        name: "cargo-deny",
        version: "0.20.2",
        time: "70 s",
        optimised: false,
    };
    Ok(program.install(cache)?.join("cargo-deny"))
}

/// A crate with programs, and how it is built.
struct Program<'a> {
    name: &'a str,
    version: &'a str,
    /// What building takes on two cores.
    time: &'a str,
    optimised: bool,
}

impl Program<'_> {
    /// The folder of the crate's programs.
    fn install(&self, cache: &Cache) -> Result<PathBuf> {
        let Self {
            name,
            version,
            time,
            ..
        } = self;
        let key = format!("{name}-{version}");
        let build = cache.build(&key);
        let folder = cache.folder(&key, |folder| {
            let what = format!("building {name} {version} (about {time} on two cores)");
            progress::line(&what, || self.compile(cache, &build, folder))
        })?;
        if build.is_dir() {
            std::fs::remove_dir_all(&build)?;
        }
        Ok(folder.join("bin"))
    }

    /// Builds with the dependencies that the crate's own lock file names. A registry that lacks one
    /// of them may have others that serve.
    fn compile(&self, cache: &Cache, build: &Path, folder: &Path) -> Result<()> {
        let log = cache.log(self.name);
        let mut cargo = self.cargo_install(build, folder);
        let locked = command::logged(cargo.arg("--locked"), &log, LIMIT);
        let why = std::fs::read_to_string(&log).unwrap_or_default();
        if locked.is_err() && why.contains("error: failed to select a version") {
            return command::logged(&mut self.cargo_install(build, folder), &log, LIMIT);
        }
        locked
    }

    fn cargo_install(&self, build: &Path, folder: &Path) -> Command {
        let mut cargo = Command::new("cargo");
        cargo.args(["install", "--no-track", "--version", self.version, "--root"]);
        // Outside the repository, whose cargo settings are not for other programs.
        cargo.arg(folder).arg(self.name).current_dir(folder);
        cargo
            .env("CARGO_TARGET_DIR", build)
            .env_remove("CARGO_ENCODED_RUSTFLAGS");
        if !self.optimised {
            cargo.env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0");
            cargo.env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16");
            cargo.env("CARGO_PROFILE_RELEASE_LTO", "off");
        }
        cargo
    }
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
