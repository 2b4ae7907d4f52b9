//! Envoy's wall clock, in the hand of the test.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use hachure_config::UnixTime;
use hachure_envoy::Options;

/// The file from which the preloaded clock reads (`clock/clock.rs`).
pub struct Clock {
    path: PathBuf,
    file: File,
}

impl Clock {
    /// A clock that stands at that time.
    pub fn new(folder: &Path, now: UnixTime) -> Self {
        let path = folder.join("clock");
        let mut options = OpenOptions::new();
        let file = options
            .read(true)
            .write(true)
            .create_new(true)
            .open(&path)
            .expect("the clock");
        let clock = Self { path, file };
        clock.set(now);
        clock
    }

    /// Preloads it.
    pub fn wind(&self, options: Options) -> Options {
        options
            .environment("LD_PRELOAD", env!("HACHURE_TEST_CLOCK_LIBRARY"))
            .environment("HACHURE_TEST_CLOCK", &self.path.to_string_lossy())
    }

    /// Preloads it into a program.
    pub(crate) fn wind_command(&self, command: &mut Command) {
        command.env("LD_PRELOAD", env!("HACHURE_TEST_CLOCK_LIBRARY"));
        command.env("HACHURE_TEST_CLOCK", &self.path);
    }

    /// Stops it at that time.
    pub fn set(&self, now: UnixTime) {
        let part = |value: u64| i64::try_from(value).expect("a time");
        self.write(part(now.0 / 1_000_000_000), part(now.0 % 1_000_000_000));
    }

    /// Lets it go, so many seconds before the true time, or behind it.
    pub fn go(&self, ahead: i64) {
        self.write(ahead, -1);
    }

    fn write(&self, seconds: i64, nanoseconds: i64) {
        let parts = [seconds, nanoseconds].map(i64::to_ne_bytes);
        self.file
            .write_all_at(&parts.concat(), 0)
            .expect("the clock");
    }
}
