//! Small programs that Debian packages.

use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::command;
use crate::tools::apt;
use crate::tools::cache::Cache;

/// The load generator `wrk`.
pub(crate) fn wrk(cache: &Cache) -> Result<PathBuf> {
    if let Some(program) = command::find("wrk") {
        return Ok(program);
    }
    apt::ensure(cache, &["wrk"], "the bench")?;
    command::find("wrk").context("the package wrk has no program `wrk` on PATH")
}
