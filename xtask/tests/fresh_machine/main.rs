//! A machine that lacks something: one clear line that says what to do, and a second run that goes
//! on where the first stopped.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "these are tests"
)]

mod commands;
mod compiler;
mod envoy;
mod machine;
mod packages;
