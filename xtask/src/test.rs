//! The steps of `cargo xtask test`: everything, those of `check` first.

use std::process::Command;

use anyhow::Result;

use crate::audit;
use crate::check;
use crate::component;
use crate::gateways;
use crate::modules;
use crate::new_filter;
use crate::node;
use crate::steps::{Session, Step};
use crate::tools::{self, cache::Cache};

/// To add a step, add a line. They are ordered by how soon they fail.
const STEPS: &[Step] = &[
    Step::new("docs", docs),
    Step::new("deny", deny),
    Step::new("modules", modules),
    Step::new("audit-proof", audit_proof),
    Step::new("envoy", envoy),
    Step::new("demo", demo),
    Step::new("demo-contour", demo_contour),
    Step::new("demo-eg", demo_eg),
    Step::new("node", node),
    Step::new("component", component),
    Step::new("new-filter", new_filter::prove),
];

pub(crate) fn steps() -> Vec<Step> {
    [check::STEPS, STEPS].concat()
}

/// What the code says of itself has no broken link.
fn docs(session: &mut Session<'_>) -> Result<()> {
    let mut cargo = session.cargo(&["doc", "--quiet", "--no-deps", "--document-private-items"]);
    session.run(cargo.env("RUSTDOCFLAGS", "-D warnings"))
}

/// Licences, banned crates and sources, as `deny.toml` has them. Its advisories come from a
/// repository that no package registry has: a person runs those.
fn deny(session: &mut Session<'_>) -> Result<()> {
    let mut deny = Command::new(tools::cargo::deny(&Cache::open()?)?);
    deny.current_dir(session.repository.root());
    deny.args(["--locked", "--log-level", "error", "check", "bans"]);
    session.run(deny.args(["licenses", "sources"]))
}

fn modules(session: &mut Session<'_>) -> Result<()> {
    modules::build(session.repository, &session.repository.everything()?)?;
    audit::modules(session.repository, &[])
}

fn audit_proof(session: &mut Session<'_>) -> Result<()> {
    audit::prove(session.repository)
}

/// Everything that runs in real Envoy, and the services around it.
fn envoy(session: &mut Session<'_>) -> Result<()> {
    let cache = Cache::open()?;
    // Programs that tests start, and no dependencies of theirs.
    let mut programs = session.cargo(&["build", "--package", "hachure-contour-extension"]);
    session.run(programs.args(["--package", "hachure"]))?;
    let mut cargo = session.cargo(&["test", "--no-fail-fast", "--package", "hachure-e2e"]);
    gateways::tools(&mut cargo, &cache)?;
    cargo.env("OPENID_PROVIDER", tools::npm::OIDC_PROVIDER.folder(&cache)?);
    cargo.env("REDIS", tools::system::redis(&cache)?);
    cargo.env("RATELIMIT", tools::go::RATELIMIT.program(&cache)?);
    cargo.env("REGISTRY", tools::system::registry(&cache)?);
    cargo.env("KUBECTL", tools::system::kubectl(&cache)?);
    cargo.env("CONTOUR", tools::go::CONTOUR.program(&cache)?);
    cargo.env("GATEWAY_API", tools::go::GATEWAY_API.folder(&cache)?);
    cargo.env("ENVOY_GATEWAY", tools::go::ENVOY_GATEWAY.program(&cache)?);
    session.tests(&mut cargo)
}

fn demo(session: &mut Session<'_>) -> Result<()> {
    session.run(&mut session.xtask(&["demo", "--port", "0", "--check"]))
}

fn demo_contour(session: &mut Session<'_>) -> Result<()> {
    session.run(&mut session.xtask(&["demo-contour", "--check"]))
}

fn demo_eg(session: &mut Session<'_>) -> Result<()> {
    session.run(&mut session.xtask(&["demo-eg", "--check"]))
}

fn node(session: &mut Session<'_>) -> Result<()> {
    session.tests(&mut node::tests(session.repository)?)
}

fn component(session: &mut Session<'_>) -> Result<()> {
    session.tests(&mut component::tests(session.repository)?)
}
