//! Tokens for tests, cases, examples and the demo, made from descriptions and the same every time.
//!
//! The keys are published ones (`keys.json`): nothing that they sign is worth anything outside of
//! tests.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "this makes test data, on the developer's machine"
)]

mod key;
mod token;
mod written;

pub use key::{Key, hmac};
pub use token::{ISSUED, key_set, token};
pub use written::renewed;
