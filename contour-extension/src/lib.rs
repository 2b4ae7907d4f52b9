//! Filters on stock Contour: an xDS server between Contour and its Envoys.
#![allow(
    clippy::disallowed_methods,
    reason = "a native process is waited for by the clock"
)]

pub mod attachment;
pub mod cluster;
pub mod clusters;
pub mod control;
pub mod delivery;
pub mod filter;
pub mod health;
pub mod leader;
pub mod metrics;
pub mod modules;
pub mod objects;
pub mod policy;
pub mod record;
pub mod references;
pub mod serve;
pub mod splice;
pub mod stop;
pub mod surroundings;
mod timer;
pub mod types;
pub mod wire;
pub mod world;
pub mod xds;
