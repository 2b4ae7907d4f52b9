//! What `hachure-host` does with what a host or a client may do to it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "this is a test"
)]

mod bodies;
mod configure;
mod faults;
mod fixture;
mod replies;
mod values;
mod waiting;

use hachure_host_double::{Double, Fields, Vm};

/// A fixture with these steps in the request's phase and in the response's.
fn fixture(request: &[&str], response: &[&str]) -> (Double, Vm) {
    let config = serde_json::json!({"request": request, "response": response});
    let double = Double::new().plugin_config(config.to_string());
    let vm = double
        .start(hachure_host::start::<fixture::Fixture>)
        .unwrap();
    (double, vm)
}

fn get() -> Fields {
    Fields::from([
        (":method", "GET"),
        (":path", "/orders"),
        (":authority", "a.example"),
    ])
}

fn ok() -> Fields {
    Fields::from([(":status", "200")])
}
