//! From one list of filters to the objects that attach it on each platform, as YAML with comments
//! that say what that platform cannot do.
//!
//! A config is the filter's own everywhere. What differs is written here: how upstreams are made and
//! named, whether headers can wait for bodies, where modules come from.

mod attachment;
mod cilium;
mod contour;
mod document;
mod envoy;
mod envoy_gateway;
mod istio;
pub mod named;
mod stats_tags;
pub mod yaml;

pub use attachment::{Attachment, Clusters, Instance, Kind, Module, Target, Upstream, Verified};
pub use cilium::{cilium, cilium_cluster};
pub use contour::contour;
pub use document::{Document, text};
pub use envoy::envoy;
pub use envoy_gateway::envoy_gateway;
pub use istio::istio;
pub use stats_tags::stats_config;

/// Why a list of filters cannot be attached on a platform.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Refusal(pub String);
