//! What filters call: `upstreams` of a policy, with real services behind them.

mod chain;
mod keys;
mod limits;
mod refused;

use std::thread::sleep;
use std::time::{Duration, Instant};

use hachure_casefile::{Message, Text};
use hachure_e2e::Client;
use hachure_e2e::cluster::objects;
use hachure_e2e::services::OpenIdProvider;
use hachure_envoy::Protocol;
use serde_json::{Value, json};

pub(crate) use chain::quotas_are_counted_by_the_consumer_of_a_token;
pub(crate) use keys::{
    a_service_has_the_keys_and_another_takes_over_without_a_failed_request,
    keys_come_over_tls_from_whom_the_authority_says,
};
pub(crate) use limits::two_envoys_share_a_limit;
pub(crate) use refused::{
    what_is_not_declared_cannot_be_called, what_is_not_there_closes_its_own_routes_alone,
};

use crate::stage::{NAMESPACE, Stage, get, policy};

const LIMIT: Duration = Duration::from_secs(60);
const ISSUER: &str = "https://id.example.com";
const AUDIENCE: &str = "https://api.example.com";

/// A policy of the catalogue's filters, each with its config, for the HTTPProxy of its name.
fn policy_of(proxy: &str, upstreams: Value, filters: &[(&str, Value)]) -> Value {
    let mut policy = policy(proxy, &json!({}));
    let wasm = filters.iter().map(|(name, config)| {
        let code = json!({"type": "Catalog", "catalog": {"name": name}});
        json!({"name": name, "code": code, "config": config})
    });
    policy["spec"]["wasm"] = wasm.collect();
    policy["spec"]["upstreams"] = upstreams;
    policy
}

/// `jwt-validation` for tokens of a provider, whose keys come through the upstream `idp`.
fn tokens(provider: &OpenIdProvider) -> Value {
    let remote = json!({"url": provider.keys_url(), "upstream": "idp"});
    json!({"providers": [{
        "name": "p",
        "issuer": provider.issuer(),
        "audiences": [AUDIENCE],
        "keys": {"remote": remote},
        "consumer": {"name": "sub"},
    }]})
}

/// A ConfigMap with an authority.
fn authority(name: &str, pem: &str) -> Value {
    objects::config_map(NAMESPACE, name, "ca.crt", pem)
}

/// `GET /` for a host with a token.
fn bearing(host: &str, token: &str) -> Message {
    let mut message = get(host);
    let value = Text(format!("Bearer {token}").into());
    message.headers.0.push(("authorization".into(), value));
    message
}

/// The answer to that: its status, and the reason of a refusal.
fn ask(stage: &Stage, host: &str, token: &str) -> (u16, String) {
    let answer = Client::new(stage.edge.http(), Protocol::Http1).send(&bearing(host, token));
    let answer = answer.unwrap();
    let problem: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let reason = problem["reason"].as_str().unwrap_or_default();
    (answer.status(), reason.to_owned())
}

/// Waits until that comes of it.
#[track_caller]
fn until(mut what: impl FnMut() -> bool) {
    let start = Instant::now();
    while !what() {
        assert!(start.elapsed() < LIMIT, "it does not come to that");
        sleep(Duration::from_millis(50));
    }
}

/// The names of the clusters of a policy that Envoy has now.
fn clusters(stage: &Stage, policy: &str) -> Vec<String> {
    let config = stage.edge.config();
    let dumps = config["configs"].as_array().unwrap().iter();
    let clusters = dumps.filter_map(|dump| dump.get("dynamic_active_clusters")?.as_array());
    let names = clusters
        .flatten()
        .filter_map(|cluster| cluster["cluster"]["name"].as_str());
    let of_policy = format!("hachure/{NAMESPACE}/{policy}/");
    names
        .filter(|name| name.starts_with(&of_policy))
        .map(str::to_owned)
        .collect()
}
