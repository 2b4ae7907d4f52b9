//! Keys that cannot be had, while requests come without pause: none is lost, and none passes that
//! should not.

use std::sync::Arc;
use std::time::Duration;

use hachure_e2e::Gateway;
use hachure_e2e::services::OpenIdProvider;
use serde_json::{Value, json};

use super::outage::unreadable;
use super::{
    AUDIENCE, asked, calling, filter, gateway, good, pause, provider, refused, token, unavailable,
};
use crate::load::{Histories, Load, Token, told, told_only};

/// A good token, and others that are not.
pub(super) fn kinds(provider: &OpenIdProvider) -> Vec<(&'static str, Token)> {
    let with = |wishes: Value| -> Token {
        let token = provider.token(AUDIENCE, &wishes);
        Arc::new(move |_| token.clone())
    };
    vec![
        ("good", with(json!({}))),
        ("forged", forged(token(provider))),
        ("stranger", with(json!({"header": {"kid": "strange"}}))),
        ("expired", with(json!({"claims": {"exp": 1_000_000_000}}))),
        ("broken", Arc::new(|_| "abc".to_owned())),
    ]
}

/// Each with another signature, none of them right: they are all looked at.
pub(super) fn forged(token: String) -> Token {
    let signature = token.rfind('.').unwrap() + 1;
    Arc::new(move |turn| {
        let mut forged = token.clone().into_bytes();
        // Neither the last character, whose bits may not count, nor the same as before.
        let place = signature + turn % (forged.len() - signature - 1);
        forged[place] = if forged[place] == b'A' { b'B' } else { b'A' };
        String::from_utf8(forged).unwrap()
    })
}

/// What holds whatever becomes of the keys.
#[track_caller]
pub(super) fn none_passes_that_should_not(histories: &Histories) {
    let or_unavailable = |reason| [refused(401, reason), unavailable()];
    told_only(histories, "good", &[good(), unavailable()]);
    told_only(histories, "forged", &or_unavailable("signature_invalid"));
    told_only(histories, "stranger", &or_unavailable("key_unknown"));
    told(histories, "expired", &[refused(401, "token_expired")]);
    told(histories, "broken", &[refused(401, "token_malformed")]);
    for history in histories.values().flatten() {
        assert!(
            history.slowest < Duration::from_secs(4),
            "{:?}",
            history.slowest
        );
    }
}

#[test]
fn an_issuer_that_goes_away_and_returns() {
    let provider = provider();
    let remote = json!({"refresh": "1s", "maxStale": "4s", "wait": "500ms"});
    let gateway = gateway(&provider, remote, 2);
    let kinds = kinds(&provider);
    assert_eq!(asked(&gateway, &token(&provider)), good());
    gateway.upstream.take();
    let load = Load::start(&gateway, &kinds);
    pause(2_000);
    provider.go_away();
    pause(8_000);
    provider.come_back();
    pause(4_000);
    let histories = load.end(&gateway);
    none_passes_that_should_not(&histories);
    told(&histories, "good", &[good(), unavailable(), good()]);
}

/// A port on which nobody listens, and a cluster that Envoy does not have.
#[test]
fn an_issuer_that_is_never_there() {
    let provider = provider();
    let kinds = kinds(&provider);
    for cluster in ["nowhere", "id-cluster"] {
        if cluster == "id-cluster" {
            assert_eq!(provider.keys_asked(), 0);
            provider.go_away();
        }
        let filter = filter(
            "jwt",
            &provider,
            cluster,
            json!({"wait": "500ms"}),
            json!({}),
        );
        let gateway: Gateway = calling(provider.cluster("id-cluster"), 2, filter);
        let load = Load::start(&gateway, &kinds);
        pause(4_000);
        let histories = load.end(&gateway);
        none_passes_that_should_not(&histories);
        for kind in ["good", "forged", "stranger"] {
            told(&histories, kind, &[unavailable()]);
        }
    }
}

#[test]
fn key_sets_that_cannot_be_read() {
    let provider = provider();
    let gateway = gateway(&provider, json!({"refresh": "1s", "timeout": "1s"}), 2);
    let kinds = kinds(&provider);
    assert_eq!(asked(&gateway, &token(&provider)), good());
    gateway.upstream.take();
    let load = Load::start(&gateway, &kinds);
    for answer in unreadable() {
        provider.answer_keys(answer);
        let before = provider.keys_asked();
        while provider.keys_asked() < before + 2 {
            pause(50);
        }
    }
    let histories = load.end(&gateway);
    none_passes_that_should_not(&histories);
    told(&histories, "good", &[good()]);
    told(&histories, "forged", &[refused(401, "signature_invalid")]);
}
