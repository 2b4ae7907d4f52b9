//! The services around Envoy are what they are taken for: each by itself, and with Envoy's own
//! filters.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::disallowed_methods,
    reason = "this is a test"
)]

use std::path::Path;
use std::time::{Duration, Instant};

use hachure_e2e::services::{Authority, Identity, OpenIdProvider, RateLimit, Redis, Shape};
use hachure_e2e::{Gateway, native, request};
use hachure_envoy::{Authorities, Cluster, Route, Tls};
use serde_json::{Value, json};

const ISSUER: &str = "https://id.example.com";
const AUDIENCE: &str = "https://api.example.com";

fn status(gateway: &Gateway, headers: &[(&str, &str)]) -> u16 {
    gateway.send(&request("GET", "/", headers)).status()
}

fn with_token(gateway: &Gateway, token: &str) -> u16 {
    status(gateway, &[("authorization", &format!("Bearer {token}"))])
}

/// Envoy's own filter with the keys of that provider.
fn jwt_authn(provider: &OpenIdProvider, cluster: Cluster) -> Gateway {
    let uri = json!({"uri": provider.keys_url(), "cluster": "id", "timeout": "2s"});
    let filter = native::jwt_authn(json!({
        "issuer": provider.issuer(),
        "audiences": [AUDIENCE],
        "remote_jwks": {"http_uri": uri, "async_fetch": {}},
    }));
    let route = Route::prefix("/").to("upstream");
    let route = route.configure(native::JWT_AUTHN, native::token_required());
    Gateway::calling(
        [cluster],
        1,
        Gateway::listener().filter(filter).route(route),
    )
}

#[test]
fn the_providers_tokens_are_good_to_envoy() {
    let provider = OpenIdProvider::start(ISSUER, Shape::Plain);
    let gateway = jwt_authn(&provider, provider.cluster("id"));
    assert_eq!(status(&gateway, &[]), 401);
    for algorithm in [
        "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA",
    ] {
        let token = provider.token(AUDIENCE, &json!({"algorithm": algorithm}));
        assert_eq!(with_token(&gateway, &token), 200, "{algorithm}");
    }
    for wishes in [
        json!({"claims": {"exp": 1_700_000_000}}),
        json!({"claims": {"iss": "https://other.example.com"}}),
        json!({"header": {"kid": "other"}}),
    ] {
        let token = provider.token(AUDIENCE, &wishes);
        assert_eq!(with_token(&gateway, &token), 401, "{wishes}");
    }
    let other = provider.token("https://other.example.com", &json!({}));
    assert_eq!(with_token(&gateway, &other), 403);
    assert_eq!(with_token(&gateway, &provider.opaque_token()), 401);
    // Envoy starts to serve when it has the keys.
    assert_eq!(provider.keys_asked(), 1);
}

#[test]
fn the_providers_keys_change_and_go_away() {
    let provider = OpenIdProvider::start(ISSUER, Shape::Plain);
    let [first, old] = [(); 2].map(|()| provider.token(AUDIENCE, &json!({})));
    provider.rotate(true);
    let new = provider.token(AUDIENCE, &json!({}));
    let gateway = jwt_authn(&provider, provider.cluster("id"));
    assert_eq!(
        [&old, &new].map(|token| with_token(&gateway, token)),
        [200, 200]
    );
    provider.rotate(false);
    let gateway = jwt_authn(&provider, provider.cluster("id"));
    assert_eq!(
        [&first, &new].map(|token| with_token(&gateway, token)),
        [401, 401]
    );
    let newest = provider.token(AUDIENCE, &json!({}));
    assert_eq!(with_token(&gateway, &newest), 200);

    for unreadable in [
        json!({"status": 503}),
        json!({"status": 200, "body": "{\"keys\": ["}),
        json!({"delay": 4000}),
    ] {
        provider.answer_keys(unreadable.clone());
        let gateway = jwt_authn(&provider, provider.cluster("id"));
        assert_eq!(with_token(&gateway, &newest), 401, "{unreadable}");
    }
    provider.answer_keys_itself();
    provider.go_away();
    let gateway = jwt_authn(&provider, provider.cluster("id"));
    assert_eq!(with_token(&gateway, &newest), 401);
    provider.come_back();
    let gateway = jwt_authn(&provider, provider.cluster("id"));
    assert_eq!(with_token(&gateway, &newest), 200);
}

#[test]
fn a_tenant_like_auth0s() {
    let provider = OpenIdProvider::start("https://tenant.example.com/", Shape::Auth0);
    let url = "https://tenant.example.com/.well-known/jwks.json";
    assert_eq!(provider.keys_url(), url);
    let gateway = jwt_authn(&provider, provider.cluster("id"));
    let claims = json!({"permissions": ["read:orders"], "https://example.com/roles": ["clerk"]});
    let token = provider.token(AUDIENCE, &json!({"claims": claims, "scope": "read:orders"}));
    assert_eq!(with_token(&gateway, &token), 200);
    assert_eq!(with_token(&gateway, &provider.opaque_token()), 401);
}

/// What becomes of a good token where the keys come over TLS with that certificate.
fn over_tls(identity: &Identity, trusted: &Authority) -> u16 {
    let provider = OpenIdProvider::start_with_tls(ISSUER, Shape::Plain, identity);
    let tls = Tls::new(Authorities::Pem(trusted.pem()), "id.example.com");
    let gateway = jwt_authn(&provider, provider.cluster("id").tls(tls));
    with_token(&gateway, &provider.token(AUDIENCE, &json!({})))
}

#[test]
fn keys_over_tls_come_from_the_right_server_alone() {
    let [authority, other] = ["Test CA", "Other CA"].map(Authority::new);
    let good = authority.issue("id.example.com");
    assert_eq!(over_tls(&good, &authority), 200);
    assert_eq!(over_tls(&good, &other), 401, "a wrong authority");
    let wrong = authority.issue("other.example.com");
    assert_eq!(over_tls(&wrong, &authority), 401, "a wrong name");
    let expired = authority.issue_expired("id.example.com");
    assert_eq!(
        over_tls(&expired, &authority),
        401,
        "an expired certificate"
    );
}

#[test]
fn redis_goes_away_and_comes_back_empty() {
    let mut redis = Redis::start();
    assert_eq!(redis.ask("INCR a"), ":1");
    assert_eq!(redis.ask("INCR a"), ":2");
    let id = redis.id().unwrap();
    redis.go_away();
    assert!(ends(id) && redis.id().is_none());
    redis.come_back();
    assert_eq!(redis.ask("INCR a"), ":1");
    let id = redis.id().unwrap();
    drop(redis);
    assert!(ends(id), "Redis {id} outlived its test");
}

fn ends(id: u32) -> bool {
    !Path::new(&format!("/proc/{id}")).exists()
}

/// Five requests a day for each tenant.
fn limits() -> Value {
    json!({"domain": "orders", "descriptors": [
        {"key": "tenant", "rate_limit": {"unit": "day", "requests_per_unit": 5}},
    ]})
}

/// Envoy's own client of that service: the header `tenant` names the tenant.
fn rate_limited(service: &RateLimit) -> Gateway {
    let entry = json!({"request_headers": {"header_name": "tenant", "descriptor_key": "tenant"}});
    let route = Route::prefix("/")
        .to("upstream")
        .action_field("rate_limits", json!([{"actions": [entry]}]));
    let listener = Gateway::listener()
        .filter(native::rate_limit("orders", "limits"))
        .route(route);
    Gateway::calling([service.cluster("limits")], 1, listener)
}

#[test]
fn envoys_own_filter_counts_at_the_service() {
    let mut redis = Redis::start();
    let services = [(); 2].map(|()| RateLimit::start(&redis, &limits()));
    // Two gateways with a service each share what is in Redis.
    let gateways = services.each_ref().map(rate_limited);
    let ask = |tenant: &str| {
        let of_each = gateways.iter().cycle().take(8);
        let statuses = of_each.map(|gateway| status(gateway, &[("tenant", tenant)]));
        statuses.collect::<Vec<_>>()
    };
    assert_eq!(ask("a"), [200, 200, 200, 200, 200, 429, 429, 429]);
    assert_eq!(ask("b"), [200, 200, 200, 200, 200, 429, 429, 429]);

    redis.go_away();
    assert_eq!(status(&gateways[0], &[("tenant", "c")]), 500);
    redis.come_back();
    let limit = Instant::now() + Duration::from_secs(20);
    while status(&gateways[0], &[("tenant", "c")]) != 200 {
        assert!(
            Instant::now() < limit,
            "the service does not find Redis again"
        );
    }
    let ids = services.each_ref().map(RateLimit::id);
    drop(services);
    assert!(
        ids.into_iter().all(ends),
        "a rate limit service outlived its test"
    );
}
