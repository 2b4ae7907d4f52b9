//! `providers[]`.

use hachure_config::Duration;
use serde::{Deserialize, Serialize};

use super::{Audiences, Authorize, ClaimHeader, ConsumerClaims, Keys, Revoked, TokenSource};

/// Someone who issues tokens, and what is asked of them.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Provider {
    /// A name for it in this config: 1 to 64 letters, digits, `-`, `_` or `.`.
    #[cfg_attr(feature = "schema", schemars(extend("examples" = ["auth0"])))]
    pub name: String,
    /// The token's `iss`, byte for byte: `https://a.example/` and `https://a.example` differ.
    #[cfg_attr(feature = "schema", schemars(extend("examples" = ["https://acme.eu.auth0.com/"])))]
    pub issuer: String,
    /// The `aud` that a token must have: one of these. `any` asks for none; a token that was
    /// issued for another API of the same issuer then passes.
    pub audiences: Audiences,
    /// The signature algorithms that are accepted. By default RS, PS and ES 256 to 512, and EdDSA.
    /// HS algorithms share a secret: they need inline `oct` keys and stand alone.
    pub algorithms: Option<Vec<AlgorithmName>>,
    /// Where the keys come from.
    pub keys: Keys,
    /// Where a request may carry the token. By default `Authorization: Bearer TOKEN`. A request
    /// with two different tokens is refused.
    pub from: Option<Vec<TokenSource>>,
    /// How far the issuer's clock may be from this one, up to 1 hour.
    #[serde(default = "default_skew")]
    pub clock_skew: Duration,
    /// Whether a token without `exp` is refused.
    #[serde(default = "yes")]
    pub require_expiration: bool,
    /// The longest that a token may be good for, from its `iat` to its `exp`; both are then
    /// required.
    #[cfg_attr(feature = "schema", schemars(extend("examples" = ["24h"])))]
    pub max_lifetime: Option<Duration>,
    /// The `typ` that the token's header must have: `at+jwt` for access tokens of RFC 9068. In any
    /// case, with or without `application/`.
    #[cfg_attr(feature = "schema", schemars(extend("examples" = ["at+jwt"])))]
    pub r#type: Option<String>,
    /// What a token must allow. A request whose token does not is answered 403.
    #[serde(default)]
    pub authorize: Authorize,
    /// Tokens that are no longer good, though they have not expired.
    #[serde(default)]
    pub revoked: Revoked,
    /// Claims that the upstream gets as headers. Headers of these names are removed from every
    /// request first.
    #[serde(default)]
    pub claims_to_headers: Vec<ClaimHeader>,
    /// A header in which the upstream gets the token's payload, base64url without padding.
    #[cfg_attr(feature = "schema", schemars(extend("examples" = ["x-jwt-payload"])))]
    pub payload_header: Option<String>,
    /// Whether later filters may read the claims, as JSON in filter state `wasm.hachure.claims`.
    #[serde(default)]
    pub publish_claims: bool,
    /// Which claims say who the consumer is.
    #[serde(default)]
    pub consumer: ConsumerClaims,
    /// Whether the upstream gets the token too. It is removed from where it was by default.
    #[serde(default)]
    pub forward: bool,
}

/// A signature algorithm (RFC 7518, 3.1; RFC 8037).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[allow(missing_docs, reason = "their names are their meaning")]
pub enum AlgorithmName {
    RS256,
    RS384,
    RS512,
    PS256,
    PS384,
    PS512,
    ES256,
    ES384,
    ES512,
    EdDSA,
    Ed25519,
    HS256,
    HS384,
    HS512,
}

fn default_skew() -> Duration {
    Duration::from_seconds(60)
}

fn yes() -> bool {
    true
}
