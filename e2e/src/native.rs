//! Envoy's own filters, beside which ours are held.

use hachure_envoy::HttpFilter;
use serde_json::{Value, json};

/// The name of [`jwt_authn`] in a chain.
pub const JWT_AUTHN: &str = "jwt";

/// Envoy's filter for tokens, of one provider (`envoy.extensions.filters.http.jwt_authn.v3`),
/// which routes ask for with [`token_required`].
pub fn jwt_authn(provider: Value) -> HttpFilter {
    let config = json!({
        "@type": jwt_kind("JwtAuthentication"),
        "providers": {"p": provider},
        "requirement_map": {"token": {"provider_name": "p"}},
    });
    HttpFilter::native(JWT_AUTHN, config)
}

/// What a route says of [`jwt_authn`] to require its provider's token.
pub fn token_required() -> Value {
    json!({"@type": jwt_kind("PerRouteConfig"), "requirement_name": "token"})
}

fn jwt_kind(message: &str) -> String {
    format!("type.googleapis.com/envoy.extensions.filters.http.jwt_authn.v3.{message}")
}

/// Envoy's client of a rate limit service, which the cluster `service` is.
pub fn rate_limit(domain: &str, service: &str) -> HttpFilter {
    let config = json!({
        "@type": "type.googleapis.com/envoy.extensions.filters.http.ratelimit.v3.RateLimit",
        "domain": domain,
        "failure_mode_deny": true,
        "timeout": "5s",
        "rate_limit_service": {
            "transport_api_version": "V3",
            "grpc_service": {"envoy_grpc": {"cluster_name": service}},
        },
    });
    HttpFilter::native("ratelimit", config)
}
