//! The command as a person or a program uses it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "these are tests"
)]

mod catalog;
mod command;
mod render;
mod run;
mod simulate;
mod validate;
