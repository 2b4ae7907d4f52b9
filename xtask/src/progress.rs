//! One line per long action: what is being done, a dot now and then, and the time it took.

use std::io::Write;
use std::time::{Duration, Instant};

use anyhow::Result;

/// Runs `action` under a line `what ... 12 s`.
pub(crate) fn line<T>(what: &str, action: impl FnOnce() -> Result<T>) -> Result<T> {
    eprint!("{what} ...");
    flush();
    let start = Instant::now();
    let result = action();
    let end = if result.is_ok() { "" } else { " failed after" };
    eprintln!("{end} {}", seconds(start.elapsed()));
    result
}

/// A sign of life on the current line.
pub(crate) fn dot() {
    eprint!(".");
    flush();
}

/// A duration as people say it: `0.4 s`, `12 s`, `3 min 05 s`.
pub(crate) fn seconds(time: Duration) -> String {
    match time.as_secs() {
        0..10 => format!("{:.1} s", time.as_secs_f64()),
        whole @ 10..60 => format!("{whole} s"),
        whole => format!("{} min {:02} s", whole / 60, whole % 60),
    }
}

/// Nothing is lost when standard error is closed but the dot.
fn flush() {
    let _ = std::io::stderr().flush();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_naturally() {
        assert_eq!(seconds(Duration::from_millis(420)), "0.4 s");
        assert_eq!(seconds(Duration::from_secs(12)), "12 s");
        assert_eq!(seconds(Duration::from_secs(185)), "3 min 05 s");
    }
}
