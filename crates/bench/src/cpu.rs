//! CPU time of a process.

use std::time::Duration;

use anyhow::{Context, Result};

/// The CPU time of all threads of the process, to the nanosecond: the first number of
/// `/proc/<pid>/task/<tid>/schedstat` (Linux, Documentation/scheduler/sched-stats).
///
/// Threads do not come and go while Envoy serves, so the sum only grows.
pub(crate) fn of(process: u32) -> Result<Duration> {
    let mut sum = 0_u64;
    for thread in std::fs::read_dir(format!("/proc/{process}/task"))? {
        let text = std::fs::read_to_string(thread?.path().join("schedstat"))?;
        let spent = text
            .split_whitespace()
            .next()
            .context("an empty schedstat")?;
        sum += spent.parse::<u64>()?;
    }
    Ok(Duration::from_nanos(sum))
}
