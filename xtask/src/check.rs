//! The steps of `cargo xtask check`: what one runs after every change.

use anyhow::Result;

use crate::steps::{Session, Step};

/// To add a step, add a line.
pub(crate) const STEPS: &[Step] = &[
    Step::new("locked", locked),
    Step::new("format", format),
    Step::new("generated", generated),
    Step::new("clippy", clippy),
    Step::new("native", native),
];

/// `Cargo.lock` belongs to the manifests.
fn locked(session: &mut Session<'_>) -> Result<()> {
    session.run(&mut session.cargo(&["fetch", "--locked", "--quiet"]))
}

fn format(session: &mut Session<'_>) -> Result<()> {
    session.run(&mut session.cargo(&["fmt", "--all", "--check"]))?;
    // No part of the workspace.
    let planted = [
        "fmt",
        "--check",
        "--manifest-path",
        "xtask/audit/planted/Cargo.toml",
    ];
    session.run(&mut session.cargo(&planted))
}

fn generated(session: &mut Session<'_>) -> Result<()> {
    session.run(&mut session.xtask(&["gen", "--check"]))
}

fn clippy(session: &mut Session<'_>) -> Result<()> {
    session.run(&mut session.cargo(&["clippy", "--all-targets", "--", "-D", "warnings"]))
}

/// All tests but those that need Envoy; modules are no native crates.
fn native(session: &mut Session<'_>) -> Result<()> {
    let mut cargo = session.cargo(&["test", "--no-fail-fast", "--workspace"]);
    cargo.args(["--exclude", "hachure-e2e"]);
    for filter in session.repository.filters()? {
        cargo
            .arg("--exclude")
            .arg(format!("hachure-{filter}-module"));
    }
    session.tests(&mut cargo)
}
