//! What holds for every sequence of requests.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "this is a test"
)]

mod rate;
mod table;
mod window;
