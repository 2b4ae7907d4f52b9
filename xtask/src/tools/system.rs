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

/// The library that shows a program another time, for `LD_PRELOAD`.
pub(crate) fn faketime(cache: &Cache) -> Result<PathBuf> {
    if let Some(library) = faketime_library() {
        return Ok(library);
    }
    apt::ensure(cache, &["libfaketime"], "the dated cases")?;
    faketime_library().context("the package libfaketime has no libfaketime.so.1")
}

fn faketime_library() -> Option<PathBuf> {
    let folders = std::fs::read_dir("/usr/lib").ok()?.flatten();
    let files = folders.map(|folder| folder.path().join("faketime/libfaketime.so.1"));
    files.into_iter().find(|file| file.is_file())
}
