//! What the double does as Envoy, seen by a probe that is written on the SDK alone.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "this is a test"
)]
#![allow(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "this is a test"
)]

mod bodies;
mod callouts;
mod calls;
mod limits;
mod maps;
mod probe;
mod properties;
mod replies;
mod shared;
mod time;

use hachure_host_double::{Double, Fields, Vm};

/// A probe with that script.
fn probe(script: &str) -> (Double, Vm) {
    started(Double::new(), script)
}

fn started(double: Double, script: &str) -> (Double, Vm) {
    let double = double.plugin_config(script);
    let vm = double.start(probe::start).unwrap();
    double.forget_logs();
    (double, vm)
}

/// What the probe saw and did since the last time.
fn seen(double: &Double) -> Vec<String> {
    let lines = double.logs().into_iter().map(|line| line.text).collect();
    double.forget_logs();
    lines
}

fn get() -> Fields {
    Fields::from([
        (":method", "GET"),
        (":path", "/orders?x=1"),
        (":authority", "a.example"),
    ])
}

fn post() -> Fields {
    Fields::from([
        (":method", "POST"),
        (":path", "/orders"),
        (":authority", "a.example"),
    ])
}

fn ok() -> Fields {
    Fields::from([(":status", "200")])
}
