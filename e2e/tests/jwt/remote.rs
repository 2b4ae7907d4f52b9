//! Keys that are fetched from a real provider.

mod clock;
mod fetches;
mod isolation;
mod outage;
mod rotation;
mod tls;
mod under_load;

use std::thread;
use std::time::{Duration, Instant};

use hachure_e2e::services::{OpenIdProvider, Shape};
use hachure_e2e::{Gateway, request, setup};
use hachure_envoy::{Cluster, Route, WasmFilter};
use serde_json::{Value, json};

use crate::gate::{Verdict, verdict};

const ISSUER: &str = "https://id.example.com";
const AUDIENCE: &str = "https://api.example.com";

fn provider() -> OpenIdProvider {
    OpenIdProvider::start(ISSUER, Shape::Plain)
}

/// Our filter with the keys of `provider`, from the cluster `cluster`. `remote` is laid over what
/// is said of the keys, `more` over the rest.
fn filter(
    name: &str,
    provider: &OpenIdProvider,
    cluster: &str,
    remote: Value,
    more: Value,
) -> WasmFilter {
    let keys = laid_over(
        json!({"url": provider.keys_url(), "upstream": "id"}),
        remote,
    );
    let one = json!({
        "name": "p",
        "issuer": provider.issuer(),
        "audiences": [AUDIENCE],
        "keys": {"remote": keys},
    });
    let config = json!({"providers": [laid_over(one, more)], "upstreams": {"id": cluster}});
    setup::wasm("jwt-validation", name, config)
}

/// Members of `over` replace those of `base`; `null` takes one away.
fn laid_over(mut base: Value, over: Value) -> Value {
    for (name, value) in over.as_object().unwrap() {
        base[name] = value.clone();
    }
    base.as_object_mut()
        .unwrap()
        .retain(|_, value| !value.is_null());
    base
}

/// A gateway with that many workers that asks for tokens of `provider`.
fn gateway(provider: &OpenIdProvider, remote: Value, workers: u32) -> Gateway {
    let filter = filter("jwt", provider, "id-cluster", remote, json!({}));
    calling(provider.cluster("id-cluster"), workers, filter)
}

fn calling(cluster: Cluster, workers: u32, filter: WasmFilter) -> Gateway {
    let route = Route::prefix("/").to("upstream");
    let listener = Gateway::listener().filter(filter).route(route);
    Gateway::calling([cluster], workers, listener)
}

/// A token of the provider as it is now.
fn token(provider: &OpenIdProvider) -> String {
    provider.token(AUDIENCE, &json!({}))
}

fn asked(gateway: &Gateway, token: &str) -> Verdict {
    let value = format!("Bearer {token}");
    verdict(gateway, &request("GET", "/", &[("authorization", &value)]))
}

fn good() -> Verdict {
    refused(200, "")
}

fn unavailable() -> Verdict {
    refused(503, "keys_unavailable")
}

fn refused(status: u16, reason: &str) -> Verdict {
    Verdict {
        status,
        reason: reason.to_owned(),
    }
}

/// Asks until that comes of it, or for 20 seconds. Says how long it took.
#[track_caller]
fn comes_to(gateway: &Gateway, token: &str, expected: &Verdict) -> Duration {
    let start = Instant::now();
    loop {
        let last = asked(gateway, token);
        if last == *expected {
            return start.elapsed();
        }
        assert!(
            start.elapsed() < Duration::from_secs(20),
            "it is still {last:?}"
        );
        pause(50);
    }
}

fn pause(milliseconds: u64) {
    thread::sleep(Duration::from_millis(milliseconds));
}
