//! The config as it is written.

mod answers;
mod cost;
mod key;
mod limit;
mod plans;
mod service;

use hachure_config::Upstreams;
use serde::Deserialize;

pub use answers::{Fields, Warning};
pub use cost::{Cost, HeaderCost, ResponseBodyCost, ResponseHeaderCost};
pub use key::KeyPart;
pub use limit::{
    Limit, OnFailure, OnFull, OnMissingKey, Period, Plan, PlanSource, Rate, RateAlgorithm, Store,
    Window,
};
pub use plans::Plans;
pub use service::Service;

/// Meters clients: how often, and how much in a day or a month, each of them may call.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Config {
    /// The limits, 1 to 16. Every one is looked at for every request, and a request that any of
    /// them refuses counts in none.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 16)))]
    pub limits: Vec<Limit>,
    /// The rate limit service that counts the limits with `store: service`.
    pub service: Option<Service>,
    /// The clusters that upstream names stand for.
    #[serde(default)]
    pub upstreams: Upstreams,
    /// What responses say about the limits. An empty list: nothing but `Retry-After`.
    #[serde(default = "ietf")]
    pub headers: Vec<Fields>,
    /// The status of a request above a limit: 400 to 599.
    #[serde(default = "too_many_requests")]
    #[cfg_attr(feature = "schema", schemars(range(min = 400, max = 599)))]
    pub status: u16,
}

fn ietf() -> Vec<Fields> {
    vec![Fields::Ietf]
}

fn too_many_requests() -> u16 {
    429
}
