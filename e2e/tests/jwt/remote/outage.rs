//! A provider that is away, slow, or says what cannot be read.

use std::time::{Duration, Instant};

use hachure_e2e::services::OpenIdProvider;
use serde_json::{Value, json};

use super::{asked, comes_to, gateway, good, pause, provider, token, unavailable};

/// Bodies and statuses from which there are no keys.
pub(super) fn unreadable() -> [Value; 8] {
    let short = json!({"content-length": "1000"});
    let large = format!("{{\"keys\": [], \"x\": \"{}\"}}", "x".repeat(70_000));
    [
        json!({"status": 503}),
        json!({"status": 404, "body": "{\"keys\": []}"}),
        json!({"status": 200, "body": "{\"keys\": ["}),
        json!({"status": 200, "body": "{\"keys\": {}}"}),
        json!({"status": 200, "body": large}),
        json!({"status": 200, "body": ""}),
        json!({"status": 200, "body": "<!doctype html><title>Please sign in</title>"}),
        json!({"status": 200, "body": "{\"keys\": [", "headers": short}),
    ]
}

#[test]
fn keys_serve_until_they_are_too_old() {
    let provider = provider();
    let gateway = gateway(&provider, json!({"refresh": "1s", "maxStale": "6s"}), 2);
    let token = token(&provider);
    assert_eq!(asked(&gateway, &token), good());
    let away = Instant::now();
    provider.go_away();
    while away.elapsed() < Duration::from_secs(4) {
        assert_eq!(
            asked(&gateway, &token),
            good(),
            "after {:?}",
            away.elapsed()
        );
        pause(100);
    }
    comes_to(&gateway, &token, &unavailable());
    assert!(
        away.elapsed() < Duration::from_secs(9),
        "{:?}",
        away.elapsed()
    );
    for _ in 0..8 {
        assert_eq!(asked(&gateway, &token), unavailable());
    }
    provider.come_back();
    comes_to(&gateway, &token, &good());
}

#[test]
fn without_keys_from_the_start_it_is_503_until_there_are_some() {
    let provider = provider();
    let token = token(&provider);
    for answer in unreadable() {
        provider.answer_keys(answer.clone());
        let remote = json!({"refresh": "1s", "wait": "500ms", "timeout": "1s"});
        let gateway = gateway(&provider, remote, 1);
        assert_eq!(asked(&gateway, &token), unavailable(), "{answer}");
        provider.answer_keys_itself();
        comes_to(&gateway, &token, &good());
    }
    provider.go_away();
    let gateway = gateway(&provider, json!({"refresh": "1s", "wait": "500ms"}), 1);
    assert_eq!(asked(&gateway, &token), unavailable());
    // What is bad without keys is refused without keys.
    assert_eq!(asked(&gateway, "abc").status, 401);
    provider.come_back();
    comes_to(&gateway, &token, &good());
}

#[test]
fn a_key_that_cannot_be_used_does_not_take_the_others_along() {
    let provider = provider();
    let token = token(&provider);
    let keys = keys_of(&provider);
    let odd = [
        json!({"kty": "unheard-of", "kid": "a"}),
        json!({"kty": "RSA", "kid": "b", "n": "AQAB", "e": "AQAB"}),
        json!(7),
    ];
    let all: Vec<_> = odd.into_iter().chain(keys).collect();
    provider.answer_keys(json!({"status": 200, "body": json!({"keys": all}).to_string()}));
    let gateway = gateway(&provider, json!({}), 1);
    assert_eq!(asked(&gateway, &token), good());
}

fn keys_of(provider: &OpenIdProvider) -> Vec<Value> {
    let client = hachure_e2e::Client::new(provider.address(), hachure_envoy::Protocol::Http1);
    let path = "/jwks";
    let answer = client
        .send(&hachure_e2e::request("GET", path, &[]))
        .unwrap();
    let set: Value = serde_json::from_slice(&answer.body).unwrap();
    set["keys"].as_array().unwrap().clone()
}

#[test]
fn requests_that_come_before_the_keys_wait_for_them() {
    let provider = provider();
    provider.answer_keys(json!({"delay": 3_000}));
    let token = token(&provider);
    let gateway = gateway(&provider, json!({"wait": "10s"}), 2);
    let start = Instant::now();
    assert_eq!(asked(&gateway, &token), good());
    assert!(
        start.elapsed() > Duration::from_millis(200),
        "{:?}",
        start.elapsed()
    );
    assert_eq!(provider.keys_asked(), 1);
}

#[test]
fn requests_that_waited_long_enough_are_503() {
    let provider = provider();
    provider.answer_keys(json!({"delay": 4_000}));
    let token = token(&provider);
    let gateway = gateway(&provider, json!({"wait": "500ms"}), 1);
    let start = Instant::now();
    assert_eq!(asked(&gateway, &token), unavailable());
    let took = start.elapsed();
    assert!((400..2_500).contains(&took.as_millis()), "{took:?}");
    comes_to(&gateway, &token, &good());
}
