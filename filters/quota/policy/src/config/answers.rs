//! What clients are told.

use serde::{Deserialize, Serialize};

/// Fields that tell a client where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum Fields {
    /// `RateLimit-Policy` and `RateLimit`, structured fields with every limit
    /// (draft-ietf-httpapi-ratelimit-headers).
    Ietf,
    /// `X-RateLimit-Limit: 10, 10;w=60`, `X-RateLimit-Remaining` and `X-RateLimit-Reset` in
    /// seconds, of the limit with the least left, and every limit in the first
    /// (draft-polli-ratelimit-headers-03, as Envoy writes it).
    Draft03,
    /// `X-RateLimit-Limit: 10`, `X-RateLimit-Remaining` and `X-RateLimit-Reset` in seconds, of the
    /// limit with the least left.
    XRateLimit,
}

/// A header that says when little is left.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Warning {
    /// From which part of the limit on, in percent that are used: 1 to 100.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 100)))]
    pub at_percent: u8,
    /// The response header that then names the limits.
    #[serde(default = "x_quota_warning")]
    #[cfg_attr(feature = "schema", schemars(extend("examples" = ["x-quota-warning"])))]
    pub header: String,
}

fn x_quota_warning() -> String {
    "x-quota-warning".to_owned()
}
