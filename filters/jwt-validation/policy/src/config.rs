//! The config as it is written.

mod afterwards;
mod audiences;
mod authorize;
mod claim_path;
mod keys;
mod provider;
mod requirement;
mod token;

use hachure_config::{Mode, Upstreams};
use serde::{Deserialize, Serialize};

pub use afterwards::{ClaimEncoding, ClaimHeader, ConsumerClaims};
pub use audiences::Audiences;
pub use authorize::{Authorize, ClaimRule, ClaimTest, Revoked, Scalar, Scopes};
pub use claim_path::ClaimPath;
pub use keys::{Keys, RemoteKeys};
pub use provider::{AlgorithmName, Provider};
pub use requirement::Requirement;
pub use token::{CookieSource, HeaderSource, QuerySource, TokenSource};

/// Lets requests through that carry a token which one of the providers issued, tells the upstream
/// who it is, and refuses the others.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Config {
    /// Clusters by the names that `providers[].keys.remote.upstream` has.
    #[serde(default)]
    pub upstreams: Upstreams,
    /// Who issues tokens, and what is asked of them. 1 to 16.
    pub providers: Vec<Provider>,
    /// Which tokens a request needs. By default one of any of the providers.
    pub require: Option<Requirement>,
    /// The `realm` of `WWW-Authenticate`: a name for what is protected.
    #[serde(default = "default_realm")]
    #[cfg_attr(feature = "schema", schemars(extend("examples" = ["orders"])))]
    pub realm: String,
    /// Where clients learn which authorization servers issue tokens for this API (RFC 9728): the
    /// `resource_metadata` of `WWW-Authenticate`.
    #[cfg_attr(feature = "schema", schemars(extend("examples" = ["https://api.example.com/.well-known/oauth-protected-resource"])))]
    pub resource_metadata: Option<String>,
    /// Whether a CORS preflight passes without a token. A `cors` filter before this one has
    /// answered it already, so few need this.
    #[serde(default)]
    pub skip_preflight: bool,
    /// How verified tokens are remembered.
    #[serde(default)]
    pub cache: Cache,
    /// Whether refusals reach the client.
    #[serde(default)]
    pub mode: Mode,
}

/// How verified tokens are remembered, in each worker for itself.
#[derive(Debug, Clone, Copy, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Cache {
    /// The most bytes that remembered tokens may take in one worker, up to 16 MiB. `0` remembers
    /// none, and checks every signature again.
    #[serde(default = "default_cache_bytes")]
    pub max_bytes: u32,
}

impl Default for Cache {
    fn default() -> Self {
        Self {
            max_bytes: default_cache_bytes(),
        }
    }
}

fn default_realm() -> String {
    "api".to_owned()
}

/// 1 MiB: about 700 tokens of common size.
fn default_cache_bytes() -> u32 {
    1 << 20
}
