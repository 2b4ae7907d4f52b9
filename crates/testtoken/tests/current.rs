//! The tokens and key sets in `filters/*` are what the descriptions beside them make.
#![allow(clippy::unwrap_used, reason = "this is a test")]

use std::process::Command;

#[test]
fn every_token_is_current() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hachure-testtoken"));
    let output = command.arg("--check").output().unwrap();
    let stale = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "`cargo run -p hachure-testtoken` renews:\n{stale}"
    );
}
