//! `quota` with a real rate limit service and Redis.

use std::collections::BTreeMap;
use std::thread;

use hachure_casefile::Text;
use hachure_e2e::Client;
use hachure_e2e::cluster::{Edge, Forward, namespace, objects};
use hachure_e2e::services::{RateLimit, Redis};
use hachure_envoy::Protocol;
use serde_json::json;

use super::policy_of;
use crate::stage::{NAMESPACE, Stage, get};

/// How many requests pass, of how many.
const LIMIT: usize = 40;
const SENT: usize = 100;

pub(crate) fn two_envoys_share_a_limit(stage: &mut Stage) {
    let host = "limits.example.com";
    let redis = Redis::start();
    let service = RateLimit::start(&redis, &json!({"domain": "shop"}));
    let [at, ..] = namespace::SERVICES;
    let forward = Forward::start(at, service.address());
    let port = forward.address().port();
    let proxy = stage.proxy("limits");
    let object = objects::cluster_ip(NAMESPACE, "limits", forward.address());
    let service_ref = json!({"name": "limits", "port": port, "scheme": "grpc"});
    let upstreams = json!([{"name": "limits", "service": service_ref}]);
    let quota = json!({
        "service": {"upstream": "limits", "domain": "shop", "timeout": "2s"},
        "limits": [{
            "name": "yearly",
            "quota": {"limit": LIMIT, "window": "year"},
            "store": "service",
            "key": [{"header": "x-key"}],
        }],
    });
    let policy = policy_of("limits", upstreams, &[("quota", quota)]);
    let other = Edge::start_as("other", &stage.extension.xds());
    for object in [&proxy, &object, &policy] {
        stage.cluster.apply(object);
    }
    until_both(stage, &policy);
    // Each of them serves with the filter: connections are spread over both.
    let with_key = |key: &str| {
        let mut message = get(host);
        message.headers.0.push(("x-key".into(), Text(key.into())));
        message
    };
    let client = Client::new(stage.edge.http(), Protocol::Http1);
    let mut turn = 0;
    super::until(|| {
        turn += 1;
        let message = with_key(&format!("warm-{turn}"));
        let filtered = |_| {
            let answer = client.send(&message);
            answer.is_ok_and(|answer| !answer.text("ratelimit-policy").is_empty())
        };
        (0..30).all(filtered)
    });
    let message = with_key("a");
    let address = stage.edge.http();
    let senders: Vec<_> = (0..4)
        .map(|_| {
            let message = message.clone();
            thread::spawn(move || {
                let client = Client::new(address, Protocol::Http1);
                let send = |_| client.send(&message).unwrap().status();
                (0..SENT / 4).map(send).collect::<Vec<_>>()
            })
        })
        .collect();
    let mut statuses: BTreeMap<u16, usize> = BTreeMap::new();
    for status in senders
        .into_iter()
        .flat_map(|sender| sender.join().unwrap())
    {
        *statuses.entry(status).or_default() += 1;
    }
    assert_eq!(
        statuses,
        BTreeMap::from([(200, LIMIT), (429, SENT - LIMIT)])
    );
    // Each of them has asked.
    for edge in [&stage.edge, &other] {
        assert!(edge.stat("cluster.hachure/shop/limits/limits.upstream_rq_total") > 0);
    }
    drop(other);
    for object in [&policy, &object, &proxy] {
        stage.cluster.delete(object);
    }
}

fn until_both(stage: &Stage, policy: &serde_json::Value) {
    super::until(|| {
        let message = stage.until_condition(policy, "Programmed", "Programmed");
        message == "taken by 2 of 2 Envoys"
    });
}
