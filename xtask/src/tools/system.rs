//! Small programs that Debian packages, or that people have.

use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::command;
use crate::tools::apt;
use crate::tools::cache::Cache;
use crate::tools::go;

/// The load generator `wrk`.
pub(crate) fn wrk(cache: &Cache) -> Result<PathBuf> {
    of_package(cache, "wrk", "wrk", "the bench")
}

/// The Redis server.
pub(crate) fn redis(cache: &Cache) -> Result<PathBuf> {
    let name = "redis-server";
    of_package(cache, name, name, "the tests of shared limits")
}

/// The registry of OCI images.
pub(crate) fn registry(cache: &Cache) -> Result<PathBuf> {
    let name = "docker-registry";
    of_package(cache, name, name, "the tests of images")
}

/// `ip`, with which a network namespace gets its addresses.
pub(crate) fn ip(cache: &Cache) -> Result<PathBuf> {
    of_package(cache, "ip", "iproute2", "the tests of gateways")
}

/// `kubectl`, as people have it; where there is none, it is built.
pub(crate) fn kubectl(cache: &Cache) -> Result<PathBuf> {
    match command::find("kubectl") {
        Some(program) => Ok(program),
        None => go::KUBECTL.program(cache),
    }
}

/// The program on PATH, which the package brings.
fn of_package(cache: &Cache, name: &str, package: &str, purpose: &str) -> Result<PathBuf> {
    if let Some(program) = command::find(name) {
        return Ok(program);
    }
    apt::ensure(cache, &[package], purpose)?;
    command::find(name)
        .with_context(|| format!("the package {package} has no program `{name}` on PATH"))
}
