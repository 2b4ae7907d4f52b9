//! Small programs that Debian packages.

use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::command;
use crate::tools::apt;
use crate::tools::cache::Cache;

/// The load generator `wrk`.
pub(crate) fn wrk(cache: &Cache) -> Result<PathBuf> {
    of_package(cache, "wrk", "the bench")
}

/// The Redis server.
pub(crate) fn redis(cache: &Cache) -> Result<PathBuf> {
    of_package(cache, "redis-server", "the tests of shared limits")
}

/// The program on PATH, which the package of the same name brings.
fn of_package(cache: &Cache, name: &str, purpose: &str) -> Result<PathBuf> {
    if let Some(program) = command::find(name) {
        return Ok(program);
    }
    apt::ensure(cache, &[name], purpose)?;
    command::find(name)
        .with_context(|| format!("the package {name} has no program `{name}` on PATH"))
}
