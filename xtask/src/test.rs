//! The steps of `cargo xtask test`: everything, those of `check` first.

use anyhow::Result;

use crate::audit;
use crate::check;
use crate::component;
use crate::modules;
use crate::new_filter;
use crate::node;
use crate::steps::{Session, Step};
use crate::tools::{self, cache::Cache};

/// To add a step, add a line. They are ordered by how soon they fail.
const STEPS: &[Step] = &[
    Step::new("modules", modules),
    Step::new("audit-proof", audit_proof),
    Step::new("envoy", envoy),
    Step::new("demo", demo),
    Step::new("node", node),
    Step::new("component", component),
    Step::new("new-filter", new_filter::prove),
];

pub(crate) fn steps() -> Vec<Step> {
    [check::STEPS, STEPS].concat()
}

fn modules(session: &mut Session<'_>) -> Result<()> {
    modules::build(session.repository, &[])?;
    audit::modules(session.repository, &[])
}

fn audit_proof(session: &mut Session<'_>) -> Result<()> {
    audit::prove(session.repository)
}

/// Everything that runs in real Envoy.
fn envoy(session: &mut Session<'_>) -> Result<()> {
    let envoy = tools::envoy::find(&Cache::open()?)?;
    let mut cargo = session.cargo(&["test", "--no-fail-fast", "--package", "hachure-e2e"]);
    session.tests(cargo.env("ENVOY", envoy.path))
}

fn demo(session: &mut Session<'_>) -> Result<()> {
    session.run(&mut session.xtask(&["demo", "--port", "0", "--check"])?)
}

fn node(session: &mut Session<'_>) -> Result<()> {
    session.tests(&mut node::tests(session.repository)?)
}

fn component(session: &mut Session<'_>) -> Result<()> {
    session.tests(&mut component::tests(session.repository)?)
}
