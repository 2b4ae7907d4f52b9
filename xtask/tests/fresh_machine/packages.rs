//! What comes from npm and from Debian.

use std::fs;

use crate::machine::Machine;

#[test]
fn without_npm_it_says_what_to_install() {
    assert_eq!(
        Machine::new().tool("wasm-opt").complaint(),
        "error: `npm` is not on PATH: install Node.js 20 with npm (Debian: apt-get install npm)"
    );
}

/// An npm whose network is there when the file `home/network` is; it counts its calls.
const NPM: &str = "echo call >> \"$HOME/calls\"
[ -e \"$HOME/network\" ] || { echo 'npm error network ENOTFOUND' >&2; exit 1; }
mkdir -p node_modules/.bin && : > node_modules/.bin/wasm-opt";

#[test]
fn a_second_run_goes_on_and_a_third_has_nothing_to_fetch() {
    let machine = Machine::new().with(&["mkdir"]);
    machine.program("npm", NPM);
    let answer = machine.tool("wasm-opt");
    let line = answer.complaint();
    assert!(
        line.starts_with("error: no binaryen: check the network: `npm ci` failed: npm error"),
        "{line}"
    );
    fs::write(machine.path("home/network"), "").unwrap();
    for _ in 0..2 {
        let answer = machine.tool("wasm-opt");
        let (_, program) = answer.success().split_once(' ').unwrap();
        assert!(fs::metadata(program.trim()).unwrap().is_file());
    }
    let calls = fs::read_to_string(machine.path("home/calls")).unwrap();
    assert_eq!(
        calls.lines().count(),
        2,
        "one that failed, one that did not"
    );
}

#[test]
fn without_root_it_says_what_root_is_to_run() {
    let machine = Machine::new().without_root();
    machine.program("apt-get", "exit 0");
    assert_eq!(
        machine.tool("wrk").complaint(),
        "error: the bench needs Debian packages; run as root: apt-get install -y wrk"
    );
}

#[test]
fn where_there_is_no_debian_it_names_the_packages() {
    assert_eq!(
        Machine::new().tool("wrk").complaint(),
        "error: the bench needs what Debian has in the packages wrk: install these"
    );
}

#[test]
fn a_cache_that_cannot_be_written_has_another_place() {
    let machine = Machine::new();
    let file = machine.path("home/file");
    fs::write(&file, "").unwrap();
    let cache = file.join("cache").display().to_string();
    let answer = machine.variable("HACHURE_CACHE", cache.clone()).tool("wrk");
    let expected =
        format!("error: {cache}/logs cannot be made: set HACHURE_CACHE to a folder of yours");
    assert!(answer.complaint().starts_with(&expected), "{}", answer.err);
}
