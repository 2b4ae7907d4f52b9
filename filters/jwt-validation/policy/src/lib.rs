//! JWT validation: who may send a request, by the token that it carries.
//!
//! For each request, in this order:
//! 1. headers that only this filter may set are removed, in every spelling, whatever comes next;
//! 2. a CORS preflight passes, if `skipPreflight` says so;
//! 3. the token is taken from where the providers say. More than one refuses;
//! 4. a token that was checked a moment ago is remembered, with what it said; its times are looked
//!    at again;
//! 5. any other is read strictly, and must be one provider's: by its issuer, type, algorithm,
//!    audience and times, all of which are cheap to look at;
//! 6. its signature must be that of one of the provider's keys, checked by the host's crypto where
//!    it has some;
//! 7. it must not be revoked, and must allow what the provider asks: client, scopes, claims;
//! 8. the request goes on: without the token, with claims as headers, and with a consumer that later
//!    filters know.
//!
//! What refuses answers 401 or 403 with `WWW-Authenticate` (RFC 6750, RFC 9728), and never 5xx for
//! anything a client sent.
//!
//! ```
//! use hachure_jwt_validation_policy::Config;
//!
//! let config = br#"{"providers": [{"name": "a", "issuer": "https://a.example", "keys": {"inline": "{}"}}]}"#;
//! let error = hachure_config::from_slice::<Config>(config).unwrap_err();
//! assert!(error.to_string().starts_with("providers[0].audiences: "));
//! ```

mod authorize;
mod check;
mod compile;
mod config;
mod counters;
mod extract;
mod identity;
mod keys;
mod policy;
mod preflight;
mod provider;
mod reasons;
mod refuse;
mod remembered;
mod remote;
mod requirement;
mod strip;
mod verify;

pub use config::{
    AlgorithmName, Audiences, Authorize, Cache, ClaimEncoding, ClaimHeader, ClaimPath, ClaimRule,
    ClaimTest, Config, ConsumerClaims, CookieSource, HeaderSource, Keys, Provider, QuerySource,
    RemoteKeys, Requirement, Revoked, Scalar, Scopes, TokenSource,
};
pub use policy::JwtValidation;
