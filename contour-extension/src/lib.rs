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
pub mod modules;
pub mod objects;
pub mod policy;
pub mod references;
pub mod splice;
pub mod surroundings;
pub mod types;
pub mod wire;
pub mod world;
pub mod xds;
