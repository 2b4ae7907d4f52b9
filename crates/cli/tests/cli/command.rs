//! Running the command.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// What came of a call.
pub(crate) struct Answer {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Answer {
    /// The answer as JSON.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|why| panic!("{why}: {}", self.out))
    }
}

/// Runs `hachure` in `folder`.
pub(crate) fn hachure_in(folder: &Path, arguments: &[&str]) -> Answer {
    hachure_reading(folder, arguments, "")
}

/// Runs `hachure` in `folder` with something on its standard input.
pub(crate) fn hachure_reading(folder: &Path, arguments: &[&str], input: &str) -> Answer {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hachure"));
    command
        .args(arguments)
        .current_dir(folder)
        .env_remove("ENVOY")
        .env("PATH", "");
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A call that reads nothing may have ended before.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    Answer {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Runs `hachure` in a folder that holds these files.
pub(crate) fn hachure_with(files: &[(&str, &str)], arguments: &[&str]) -> Answer {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    hachure_in(folder.path(), arguments)
}

/// Runs `hachure` where there is nothing to read.
pub(crate) fn hachure(arguments: &[&str]) -> Answer {
    hachure_with(&[], arguments)
}
