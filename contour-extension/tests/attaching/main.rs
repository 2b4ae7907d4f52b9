//! To which routes a policy comes, on Contour's resources as bytes.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "this is a test"
)]

mod gateway;
mod proxies;
mod replaced;
mod reroute;
mod scene;
