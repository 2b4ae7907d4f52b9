//! xDS between Contour and its Envoys, state of the world, as Contour speaks it.

mod clusters;
pub mod contour;
mod io;
pub mod message;
pub mod raw;
mod relay;
pub mod server;
mod session;
mod taken;
pub mod tls;
