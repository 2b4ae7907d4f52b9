//! `providers[].keys`.

use hachure_config::{Duration, UpstreamName};
use serde::Deserialize;

/// Where a provider's keys come from.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum Keys {
    /// A JWK Set (RFC 7517) as JSON text.
    Inline(String),
    /// A JWK Set that is fetched ahead of need, and again before it is old.
    Remote(RemoteKeys),
}

/// A JWK Set that is fetched.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RemoteKeys {
    /// Where the set is. Without it, the OpenID configuration says.
    #[cfg_attr(feature = "schema", schemars(extend("examples" = ["https://idp.example.com/jwks.json"])))]
    pub url: Option<String>,
    /// Where the issuer's OpenID configuration is, which names the place of the set. By default
    /// `/.well-known/openid-configuration` below the issuer (OpenID Connect Discovery 1.0, 4).
    pub discovery_url: Option<String>,
    /// The upstream through which all of it is fetched, by its logical name. Its cluster says how
    /// to connect: with TLS, by which authority, to which address.
    pub upstream: UpstreamName,
    /// How long one fetch may take, up to 30 seconds.
    #[serde(default = "default_timeout")]
    pub timeout: Duration,
    /// How often the set is fetched, from 1 second to 24 hours: once per process, not per worker.
    #[serde(default = "default_refresh")]
    pub refresh: Duration,
    /// How long keys stay in use when they cannot be fetched again, `refresh` included.
    #[serde(default = "default_max_stale")]
    pub max_stale: Duration,
    /// How soon the set may be fetched again because a token names a key that it lacks.
    #[serde(default = "default_unknown_key_refetch")]
    pub unknown_key_refetch: Duration,
    /// How long a request may wait for keys that are being fetched, up to 30 seconds.
    #[serde(default = "default_wait")]
    pub wait: Duration,
}

fn default_timeout() -> Duration {
    Duration::from_seconds(5)
}

fn default_refresh() -> Duration {
    Duration::from_seconds(300)
}

fn default_max_stale() -> Duration {
    Duration::from_seconds(24 * 3600)
}

fn default_unknown_key_refetch() -> Duration {
    Duration::from_seconds(30)
}

fn default_wait() -> Duration {
    Duration::from_seconds(2)
}
