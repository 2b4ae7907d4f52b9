//! `make`, before there is an xtask that could say anything.

use std::fs;
use std::process::Command;

use crate::machine::{Answer, Machine};

/// A clone with this Makefile, on a machine with what every Debian has.
fn clone() -> Machine {
    let machine = Machine::new().with(&["dirname", "id"]);
    for file in ["Makefile", "xtask/prepare.sh"] {
        let from = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
        let to = machine.path("repository").join(file);
        fs::copy(std::path::Path::new(from).join(file), to).unwrap();
    }
    machine
}

fn make(machine: &Machine) -> Answer {
    let answer = machine.run(Command::new("/usr/bin/make").arg("demo"));
    // The last line is what make says of the failure.
    let err = answer
        .err
        .lines()
        .filter(|line| !line.starts_with("make: ***"));
    Answer {
        err: err.map(|line| format!("{line}\n")).collect(),
        ..answer
    }
}

#[test]
fn without_cargo_it_says_what_to_install() {
    assert_eq!(
        make(&clone()).complaint(),
        "cargo is not installed or not on PATH: install Rust with rustup, then open a new shell"
    );
}

#[test]
fn without_a_linker_it_says_what_to_install() {
    let machine = clone().without_root();
    machine.program("cargo", "exit 0");
    assert_eq!(
        make(&machine).complaint(),
        "there is no `cc` on PATH, with which cargo links: install a C compiler"
    );
    machine.program("apt-get", "exit 0");
    assert_eq!(
        make(&machine).complaint(),
        "there is no `cc` on PATH, with which cargo links; run as root: apt-get install -y gcc libc6-dev"
    );
}

#[test]
fn without_crates_it_says_so_and_the_second_run_goes_on() {
    let machine = clone();
    machine.program("cc", "exit 0");
    let cargo = "echo \"cargo $*\"\n[ \"$1\" != fetch ] || [ -e \"$HOME/network\" ]";
    machine.program("cargo", cargo);
    let answer = make(&machine);
    assert_ne!(answer.code, Some(0));
    assert_eq!(answer.out, "cargo fetch --locked\n");
    assert_eq!(
        answer.err,
        "the crates cannot be fetched: check the network, then run this again; it goes on where it stopped\n"
    );
    fs::write(machine.path("home/network"), "").unwrap();
    let answer = make(&machine);
    assert_eq!((answer.code, answer.err.as_str()), (Some(0), ""));
    assert_eq!(
        answer.out,
        "cargo fetch --locked\ncargo build --locked --package xtask\ncargo xtask demo\n"
    );
}
