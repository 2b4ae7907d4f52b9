//! The filters in real Envoy: an upstream that answers what a test tells it, clients for HTTP/1.1
//! and HTTP/2, and the runner of the cases. Everything listens on 127.0.0.1, on ports that the
//! kernel chooses.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "this is a test harness: what goes wrong here is a failed test"
)]
#![allow(
    clippy::disallowed_methods,
    reason = "what runs is waited for by the clock"
)]

pub mod cases;
pub mod chain;
pub mod client;
pub mod cluster;
pub mod command;
pub mod demo;
mod gateway;
pub mod http1;
mod http2;
mod listener_file;
mod message;
pub mod native;
pub mod relay;
mod runtime;
pub mod services;
pub mod setup;
pub mod tls;
pub mod token;
pub mod upstream;

pub use client::Client;
pub use gateway::Gateway;
pub use http2::{Http2Connection, Stream};
pub use listener_file::ListenerFile;
pub use message::{Received, request, response};
pub use upstream::Upstream;
