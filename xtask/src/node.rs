//! The cases in Node: the policies compiled to Wasm, under `wasm-bindgen-test`.

use std::process::Command;

use anyhow::{Result, bail};

use crate::command;
use crate::repository::Repository;
use crate::tools::cache::Cache;
use crate::tools::cargo;
use crate::tools::wasm::{self, Panics, Target};

/// The command that builds and runs them, with all that it needs in place.
pub(crate) fn tests(repository: &Repository) -> Result<Command> {
    if command::find("node").is_none() {
        bail!("`node` is not on PATH: install Node.js 20");
    }
    let cache = Cache::open()?;
    let runner = cargo::wasm_bindgen(repository, &cache)?;
    let mut test =
        wasm::toolchain(&cache, Target::Bare, Panics::Told)?.cargo(repository, "test")?;
    test.args(["--package", "hachure-casefile-node", "--lib"]);
    test.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", runner);
    // The runner reads all of the program; names of functions stay, what a debugger needs goes.
    test.env("CARGO_PROFILE_DEV_DEBUG", "none");
    Ok(test)
}
