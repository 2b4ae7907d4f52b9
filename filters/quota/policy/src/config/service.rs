//! `service`.

use hachure_config::{Duration, UpstreamName};
use serde::Deserialize;

/// A rate limit service: `envoy.service.ratelimit.v3` over gRPC.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Service {
    /// Where it is. The cluster speaks HTTP/2.
    pub upstream: UpstreamName,
    /// The domain: the service's own config must have it.
    #[cfg_attr(feature = "schema", schemars(length(min = 1), extend("examples" = ["shop"])))]
    pub domain: String,
    /// How long a request waits for its answer: from `1ms` to `10s`.
    #[serde(default = "fifth_of_a_second")]
    #[cfg_attr(feature = "schema", schemars(extend("examples" = ["200ms"])))]
    pub timeout: Duration,
}

fn fifth_of_a_second() -> Duration {
    Duration::from_milliseconds(200)
}
