//! Builds the clock that is preloaded into Envoy for dated cases.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a build that fails says so"
)]

use std::env;
use std::path::Path;
use std::process::Command;

const SOURCE: &str = "clock/clock.rs";

fn main() {
    println!("cargo::rerun-if-changed={SOURCE}");
    let library = Path::new(&env::var_os("OUT_DIR").unwrap()).join("clock.so");
    let status = Command::new(env::var_os("RUSTC").unwrap())
        .args([
            "--edition=2024",
            "--crate-name=clock",
            "--crate-type=cdylib",
            "-Cpanic=abort",
        ])
        .args(["-Copt-level=2", "-o"])
        .arg(&library)
        .arg(SOURCE)
        .status()
        .expect("rustc");
    assert!(status.success(), "{SOURCE} does not compile");
    println!(
        "cargo::rustc-env=HACHURE_TEST_CLOCK_LIBRARY={}",
        library.display()
    );
}
