//! The compiler for Wasm: rustup's, else Debian's.

use std::fs;

use crate::machine::Machine;

const DEBIAN: &str = "Debian's Wasm compiler needs what Debian has in the packages \
    rustc-web cargo-web rust-web-src lld-19 wasi-libc: install these";

/// A rustup and a rustc whose target is there once it was added, which needs `home/network`.
fn with_rustup() -> Machine {
    let machine = Machine::new().with(&["mkdir"]);
    machine.program("rustc", "echo \"$HOME/target\"");
    machine.program(
        "rustup",
        "[ -e \"$HOME/network\" ] || { echo 'error: could not download file' >&2; exit 1; }
mkdir -p \"$HOME/target\"",
    );
    machine
}

#[test]
fn where_neither_way_works_both_are_named() {
    let answer = Machine::new().tool("wasm");
    let expected = format!(
        "error: no Rust compiler for wasm32-wasip1: there is no rustup; the other way: {DEBIAN}"
    );
    assert_eq!(answer.complaint(), expected);
    let answer = with_rustup().tool("wasm");
    let line = answer.complaint();
    assert!(line.contains("error: could not download file"), "{line}");
    assert!(line.ends_with(DEBIAN), "{line}");
}

#[test]
fn a_network_that_comes_back_is_tried_at_once() {
    let machine = with_rustup();
    assert_eq!(machine.tool("wasm").code, Some(1));
    fs::write(machine.path("home/network"), "").unwrap();
    let answer = machine.tool("wasm");
    assert!(
        answer
            .success()
            .ends_with("the compiler that rustup manages"),
        "{}",
        answer.out
    );
}

#[test]
fn an_unknown_way_is_answered_with_those_there_are() {
    let machine = Machine::new().variable("HACHURE_WASM_TOOLCHAIN", "gcc");
    assert_eq!(
        machine.tool("wasm").complaint(),
        "error: HACHURE_WASM_TOOLCHAIN is `gcc`: it may be `rustup` or `debian`"
    );
}
