//! How often and from where.

use std::time::Instant;

use hachure_e2e::services::{OpenIdProvider, Shape};
use hachure_e2e::{Gateway, request};
use serde_json::{Value, json};

use super::{AUDIENCE, asked, calling, filter, gateway, good, pause, provider, refused, token};

#[test]
fn by_discovery() {
    let provider = provider();
    let gateway = gateway(&provider, json!({"url": null}), 2);
    assert_eq!(asked(&gateway, &token(&provider)), good());
    assert_eq!((provider.discovery_asked(), provider.keys_asked()), (1, 1));
}

#[test]
fn the_document_of_another_issuer_is_not_believed() {
    let provider = provider();
    let path = "/.well-known/openid-configuration";
    let other = json!({"issuer": "https://other.example.com", "jwks_uri": provider.keys_url()});
    provider.answer(path, json!({"status": 200, "body": other.to_string()}));
    let gateway = gateway(&provider, json!({"url": null, "wait": "500ms"}), 1);
    assert_eq!(asked(&gateway, &token(&provider)), super::unavailable());
    assert_eq!(provider.keys_asked(), 0);
}

/// Once per process and period, however many workers there are and ask.
#[test]
fn workers_fetch_together() {
    for workers in [1, 2, 4] {
        let provider = provider();
        let token = token(&provider);
        let start = Instant::now();
        let gateway = gateway(&provider, json!({"refresh": "2s"}), workers);
        while start.elapsed().as_secs() < 9 {
            assert_eq!(asked(&gateway, &token), good());
            pause(20);
        }
        let periods = start.elapsed().as_secs() / 2;
        let fetches = provider.keys_asked();
        // The first at the start; Envoy itself took a part of the time to come up.
        let expected = periods.saturating_sub(2)..=periods + 1;
        assert!(
            expected.contains(&fetches),
            "{workers} workers: {fetches} in {periods} periods"
        );
    }
}

/// A tenant like Auth0's: the issuer's slash, `permissions`, claims in a namespace of their own.
#[test]
fn a_tenant_like_auth0s() {
    const ROLES: &str = "https://example.com/roles";
    let provider = OpenIdProvider::start("https://tenant.example.com/", Shape::Auth0);
    let more = json!({
        "authorize": {
            "clients": ["test"],
            "claims": [{"claim": "permissions", "is": {"contains": "read:orders"}}],
        },
        "claimsToHeaders": [{"claim": ROLES, "header": "x-roles"}],
        "consumer": {"header": "x-consumer"},
    });
    let filter = filter("jwt", &provider, "id-cluster", json!({"url": null}), more);
    let gateway = calling(provider.cluster("id-cluster"), 1, filter);
    let with = |permissions: Value| {
        let claims = json!({"permissions": permissions, ROLES: ["clerk"]});
        provider.token(AUDIENCE, &json!({"claims": claims}))
    };
    assert_eq!(asked(&gateway, &with(json!(["read:orders"]))), good());
    let seen = gateway.seen();
    assert_eq!(seen.all("x-roles"), [r#"["clerk"]"#]);
    assert_eq!(seen.all("x-consumer"), ["test@clients"]);
    assert!(!seen.headers.contains("authorization"));
    let forbidden = refused(403, "claim_not_allowed");
    assert_eq!(asked(&gateway, &with(json!(["write:orders"]))), forbidden);
    // Auth0 gives a token that is none of its JWTs to who names no audience.
    let opaque = provider.opaque_token();
    assert_eq!(asked(&gateway, &opaque), refused(401, "token_malformed"));
    assert_eq!((provider.discovery_asked(), provider.keys_asked()), (1, 1));
    let without = gateway.send(&request("GET", "/", &[("x-roles", "admin")]));
    assert_eq!(without.status(), 401);
    assert!(gateway.upstream.take().is_empty());
}

/// The algorithms of real tokens, over keys that were fetched.
#[test]
fn tokens_of_every_algorithm() {
    let provider = provider();
    let gateway: Gateway = gateway(&provider, json!({}), 1);
    for algorithm in [
        "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA",
    ] {
        let token = provider.token(AUDIENCE, &json!({"algorithm": algorithm}));
        assert_eq!(asked(&gateway, &token), good(), "{algorithm}");
    }
}
