//! Real services around Envoy: an OpenID provider, Redis, Envoy's rate limit service, a registry of
//! images, and the certificates for TLS to them. Each listens on loopback alone, serves when it is
//! returned, and ends with its value or, however that comes, with this process.

mod certificates;
mod modules;
mod openid;
pub(crate) mod program;
mod ratelimit;
mod redis;
mod registry;

pub use certificates::{Authority, Identity};
pub use modules::{ModuleServer, digest, module_digest};
pub use openid::{OpenIdProvider, Shape};
pub use ratelimit::RateLimit;
pub use redis::Redis;
pub use registry::Registry;
