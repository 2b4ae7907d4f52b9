//! Tokens in real Envoy: beside Envoy's own filter, on both ways to check signatures, and with the
//! keys of a real provider.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::disallowed_methods,
    reason = "this is a test"
)]

mod chain;
mod corpus;
mod differential;
mod gate;
mod load;
mod paths;
mod remote;
