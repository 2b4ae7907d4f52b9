//! Starts an Envoy, writes its process id to the file that is named, and waits: for the test of
//! what becomes of Envoy when its owner is killed.
#![allow(clippy::expect_used, reason = "a part of a test")]

use std::time::Duration;

use hachure_e2e::setup;
use hachure_envoy::Bootstrap;

fn main() {
    let file = std::env::args_os().nth(1).expect("a file for the id");
    let envoy = setup::start(&Bootstrap::new(), 1);
    std::fs::write(file, envoy.process.id().to_string()).expect("the file");
    std::thread::sleep(Duration::from_secs(60));
}
