//! Envoy for those who run it here: `hachure run`, the demo, the tests and the bench.
//!
//! A [`Bootstrap`] is a config with our filters in it; a [`Process`] is an Envoy that runs it.
//! Nothing here is async: a process is started, asked over its admin interface and stopped.
#![allow(
    clippy::disallowed_methods,
    reason = "a native process is waited for by the clock"
)]

mod access_log;
mod admin;
mod binary;
mod bootstrap;
mod capability;
mod cluster;
mod error;
mod filter;
mod listener;
mod path_handling;
mod process;
mod route;
mod tls;
mod version;
mod wasm;

pub use access_log::AccessLog;
pub use admin::Admin;
pub use binary::Binary;
pub use bootstrap::Bootstrap;
pub use capability::capabilities;
pub use cluster::{Cluster, Protocol};
pub use error::Error;
pub use filter::HttpFilter;
pub use listener::Listener;
pub use path_handling::PathHandling;
pub use process::{Child, Options, Process, RefusedConfig};
pub use route::Route;
pub use tls::{Authorities, Tls};
pub use version::Version;
pub use wasm::{Code, WasmFilter};
