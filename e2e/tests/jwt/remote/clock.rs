//! A wall clock that jumps.

use std::sync::Arc;
use std::time::{Duration, Instant};

use hachure_config::UnixTime;
use hachure_e2e::cases::Clock;
use hachure_e2e::services::OpenIdProvider;
use hachure_e2e::{Gateway, setup};
use hachure_envoy::Route;
use serde_json::{Value, json};

use super::under_load::forged;
use super::{
    AUDIENCE, asked, comes_to, filter, good, pause, provider, refused, token, unavailable,
};
use crate::load::{Load, Token, told};

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

/// A gateway with two workers whose clock is right, for now.
fn gateway(provider: &OpenIdProvider, remote: Value) -> (Gateway, Clock) {
    let folder = setup::scratch();
    let clock = Clock::new(folder.path(), UnixTime(0));
    clock.go(0);
    let filter = filter("jwt", provider, "id-cluster", remote, json!({}));
    let route = Route::prefix("/").to("upstream");
    let listener = Gateway::listener().filter(filter).route(route);
    let cluster = provider.cluster("id-cluster");
    (Gateway::calling_by(&clock, [cluster], 2, listener), clock)
}

/// Waits until the keys were fetched twice more.
#[track_caller]
fn is_fetched(provider: &OpenIdProvider) {
    let (start, before) = (Instant::now(), provider.keys_asked());
    while provider.keys_asked() < before + 2 {
        assert!(start.elapsed() < Duration::from_secs(10), "no fetch");
        pause(50);
    }
}

/// Further than keys may be old, and back, under load.
#[test]
fn tokens_go_by_it_and_keys_come_by_it() {
    let provider = provider();
    let (gateway, clock) = gateway(&provider, json!({"refresh": "2s", "maxStale": "1h"}));
    let lasting = |seconds: i64| provider.token(AUDIENCE, &json!({"lifetime": seconds}));
    let same = |token: String| -> Token { Arc::new(move |_| token.clone()) };
    let kinds = [
        ("short", same(lasting(600))),
        ("long", same(lasting(30 * DAY))),
        ("forged", forged(lasting(30 * DAY))),
    ];
    assert_eq!(asked(&gateway, &token(&provider)), good());
    gateway.upstream.take();
    let load = Load::start(&gateway, &kinds);
    pause(500);
    for ahead in [HOUR / 2, -HOUR, 0, 3 * DAY, -3 * DAY] {
        clock.go(ahead);
        is_fetched(&provider);
    }
    let histories = load.end(&gateway);
    let expired = refused(401, "token_expired");
    let short = [good(), expired.clone(), good(), expired, good()];
    told(&histories, "short", &short);
    told(&histories, "long", &[good()]);
    told(&histories, "forged", &[refused(401, "signature_invalid")]);
    // Nor does a clock that was set back keep a key for longer.
    let old = token(&provider);
    assert_eq!(asked(&gateway, &old), good());
    provider.rotate(false);
    let took = comes_to(&gateway, &old, &refused(401, "key_unknown"));
    assert!(took < Duration::from_secs(6), "{took:?}");
}

/// Whether fetches fail one after the other, or one takes long.
#[test]
fn set_back_it_lets_no_request_wait_for_longer() {
    for slow in [false, true] {
        let provider = provider();
        let token = token(&provider);
        if slow {
            provider.answer_keys(json!({"delay": 25_000}));
        } else {
            provider.go_away();
        }
        let remote = json!({"wait": "1s", "timeout": "30s", "refresh": "1s"});
        let (gateway, clock) = gateway(&provider, remote);
        let start = Instant::now();
        let verdict = std::thread::scope(|scope| {
            let waiting = scope.spawn(|| asked(&gateway, &token));
            pause(400);
            clock.go(-HOUR);
            waiting.join().unwrap()
        });
        assert_eq!(verdict, unavailable());
        let took = start.elapsed();
        assert!(
            (300..4_000).contains(&took.as_millis()),
            "slow {slow}: {took:?}"
        );
    }
}
