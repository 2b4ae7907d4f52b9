//! A program that serves a test.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::thread;
use std::time::{Duration, Instant};

use hachure_envoy::Child;

/// How long a service may take until it serves.
const LIMIT: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(20);
/// How many lines of a log are shown where a test fails.
const TAIL: usize = 40;

/// What `variable` of the environment names: where `cargo xtask tools` has put `tool`.
pub(crate) fn named(variable: &str, tool: &str) -> PathBuf {
    let named = env::var_os(variable).filter(|value| !value.is_empty());
    named.map(PathBuf::from).unwrap_or_else(|| {
        panic!("for these tests name in {variable} what `cargo xtask tools {tool}` prints")
    })
}

/// A running service. A test that fails shows the end of its log.
pub(crate) struct Program {
    child: Child,
    name: &'static str,
    log: PathBuf,
}

impl Program {
    /// Starts it, with its log in `folder`, and waits until `ready` finds that it serves.
    pub(crate) fn start(
        name: &'static str,
        mut command: Command,
        folder: &Path,
        mut ready: impl FnMut() -> bool,
    ) -> Self {
        let log = folder.join(format!("{name}.log"));
        Child::capture(&mut command, &log).expect("a log");
        let child = Child::spawn(command).unwrap_or_else(|why| panic!("{name}: {why}"));
        let program = Self { child, name, log };
        let start = Instant::now();
        while !ready() {
            if let Some(status) = program.child.ended() {
                panic!("{name} ended: {status}");
            }
            assert!(start.elapsed() < LIMIT, "{name} does not serve");
            thread::sleep(POLL);
        }
        program
    }

    /// Its process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// How it has ended, if it has.
    pub(crate) fn ended(&self) -> Option<ExitStatus> {
        self.child.ended()
    }

    /// What it has said until now.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Shows the end of its log.
    pub(crate) fn show_log(&self) {
        let text = self.log();
        let lines: Vec<_> = text.lines().collect();
        let tail = &lines[lines.len().saturating_sub(TAIL)..];
        eprintln!("the end of the log of {}:\n{}", self.name, tail.join("\n"));
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        if thread::panicking() {
            self.show_log();
        }
    }
}
