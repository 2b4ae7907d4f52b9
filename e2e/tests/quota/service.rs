//! Several Envoys that share the limits of a real rate limit service with a real Redis.

use std::net::TcpListener;
use std::thread;
use std::time::{Duration, Instant};

use hachure_e2e::services::{RateLimit, Redis};
use hachure_e2e::setup::{self, Running};
use hachure_e2e::{Client, Gateway, request, response};
use hachure_envoy::{Bootstrap, Cluster, Protocol, Route};
use serde_json::{Value, json};

use crate::load::{Connection, Statuses, one_key, send};
use crate::{listener, quota};

/// The service knows the domain, and nothing of the limits.
fn service(redis: &Redis) -> RateLimit {
    RateLimit::start(redis, &json!({"domain": "shop"}))
}

/// An Envoy with those limits, which asks that service.
fn envoy(service: &RateLimit, limits: Value) -> Running {
    let config = json!({
        "service": {"upstream": "limits", "domain": "shop", "timeout": "2s"},
        "limits": limits,
    });
    let bootstrap = Bootstrap::new().listener(listener(quota(config)));
    setup::start(&bootstrap.cluster(service.cluster("limits")), 2)
}

fn daily(limit: u64) -> Value {
    json!([{
        "name": "yearly",
        "quota": {"limit": limit, "window": "year"},
        "store": "service",
        "key": [{"header": "x-key"}],
    }])
}

#[test]
fn three_envoys_share_one_limit() {
    let redis = Redis::start();
    let service = service(&redis);
    let envoys = [(); 3].map(|()| envoy(&service, daily(100)));
    let loads: Vec<_> = envoys
        .iter()
        .map(|envoy| {
            let address = envoy.process.address("main").unwrap();
            thread::spawn(move || send(address, 4, 25, one_key))
        })
        .collect();
    let mut all = Statuses::new();
    for load in loads {
        for (status, count) in load.join().unwrap() {
            *all.entry(status).or_default() += count;
        }
    }
    assert_eq!(all, Statuses::from([(200, 100), (429, 200)]));
    // Another key has its own.
    let address = envoys[0].process.address("main").unwrap();
    assert_eq!(Connection::open(address).get("b"), 200);
    let client = Client::new(address, Protocol::Http1);
    let answer = client
        .send(&request("GET", "/", &[("x-key", "a")]))
        .unwrap();
    assert_eq!(answer.status(), 429);
    assert_eq!(
        answer.text("ratelimit-policy"),
        "\"yearly\";q=100;w=31622400"
    );
    assert!(answer.text("ratelimit").starts_with("\"yearly\";r=0;t="));
    assert!(answer.text("retry-after").parse::<u64>().unwrap() > 0);
}

/// Each plan's limit goes along, and units that a header says are taken all at once.
#[test]
fn costs_and_keys_that_look_like_others_are_counted_apart() {
    let redis = Redis::start();
    let service = service(&redis);
    let envoy = envoy(
        &service,
        json!([{
            "name": "units",
            "quota": {"limit": 10, "window": "year"},
            "store": "service",
            "cost": {"header": {"name": "x-cost", "max": 10}},
            "key": [{"header": "x-key"}],
        }]),
    );
    let client = Client::new(envoy.process.address("main").unwrap(), Protocol::Http1);
    let get = |key, cost| {
        let headers = [("x-key", key), ("x-cost", cost)];
        client
            .send(&request("GET", "/", &headers))
            .unwrap()
            .status()
    };
    assert_eq!(
        [get("a", "7"), get("a", "3"), get("a", "1")],
        [200, 200, 429]
    );
    assert_eq!([get("a_b", "10"), get("a%5Fb", "10")], [200, 200]);
}

/// A cost that only the response tells: a check takes nothing, and what is reported afterwards counts.
#[test]
fn a_cost_of_the_response_is_reported_afterwards() {
    let redis = Redis::start();
    let service = service(&redis);
    let config = json!({
        "service": {"upstream": "limits", "domain": "shop", "timeout": "2s"},
        "limits": [{
            "name": "tokens",
            "quota": {"limit": 100, "window": "year"},
            "store": "service",
            "cost": {"responseBody": {"pointer": "/usage/total_tokens", "default": 0}},
        }],
    });
    let route = Route::prefix("/").to("upstream");
    let listener = Gateway::listener().filter(quota(config)).route(route);
    let gateway = Gateway::calling([service.cluster("limits")], 2, listener);
    let ask = |tokens: u32| {
        let body = json!({"usage": {"total_tokens": tokens}}).to_string();
        let kind = [("content-type", "application/json")];
        gateway.upstream.answer([response(200, &kind, &body)]);
        // With a body, whose bytes must wait for the service too.
        let mut question = request("POST", "/chat", &[("content-length", "5")]);
        question
            .body
            .push(hachure_casefile::Text(b"hello".to_vec()));
        let answer = gateway.send(&question);
        // Nobody waits for a report.
        thread::sleep(Duration::from_millis(200));
        let left = answer
            .text("ratelimit")
            .split(';')
            .nth(1)
            .map(str::to_owned);
        (answer.status(), left.unwrap())
    };
    let passed = |left: &str| (200, left.to_owned());
    for _ in 0..3 {
        assert_eq!(ask(0), passed("r=100"));
    }
    assert_eq!(ask(70), passed("r=100"));
    assert_eq!(ask(50), passed("r=30"));
    gateway.upstream.take();
    assert_eq!(ask(0), (429, "r=0".to_owned()));
    assert!(gateway.upstream.take().is_empty(), "it went on");
}

/// A service that is not there, and one that takes the call and never answers: the wait ends.
#[test]
fn a_service_that_says_nothing_is_waited_for_until_the_timeout() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let ports = [setup::closed_port(), silent.local_addr().unwrap().port()];
    for port in ports {
        let config = json!({
            "service": {"upstream": "limits", "domain": "shop", "timeout": "300ms"},
            "limits": daily(10),
        });
        let bootstrap = Bootstrap::new().listener(listener(quota(config)));
        let cluster = Cluster::new("limits", "127.0.0.1", port).protocol(Protocol::Http2);
        let envoy = setup::start(&bootstrap.cluster(cluster), 1);
        let mut connection = Connection::open(envoy.process.address("main").unwrap());
        let begin = Instant::now();
        assert_eq!(connection.get("a"), 503);
        let waited = begin.elapsed();
        assert!(waited < Duration::from_secs(3), "{waited:?}");
        let counters = envoy.process.stats(r"quota\.request\..*\.failed$").unwrap();
        assert_eq!(counters.values().sum::<u64>(), 1);
    }
}

/// Redis goes away under load and comes back. A quota refuses meanwhile; a rate is counted by each
/// Envoy itself; nothing passes that should not, and no request is lost.
#[test]
fn redis_goes_away_under_load() {
    let mut redis = Redis::start();
    let service = service(&redis);
    let strict = envoy(&service, daily(1_000_000));
    let fallback = envoy(
        &service,
        json!([{
            "name": "hourly",
            "rate": {"limit": 40, "per": "24h", "algorithm": "fixedWindow"},
            "store": "service",
        }]),
    );
    let address = strict.process.address("main").unwrap();
    let load = thread::spawn(move || {
        let end = Instant::now() + Duration::from_secs(4);
        let mut connection = Connection::open(address);
        let mut statuses = Statuses::new();
        while Instant::now() < end {
            *statuses.entry(connection.get("a")).or_default() += 1;
        }
        statuses
    });
    thread::sleep(Duration::from_secs(1));
    redis.go_away();
    // Every one of these is answered, and exactly as many pass as one Envoy has by itself.
    let address = fallback.process.address("main").unwrap();
    let statuses = send(address, 4, 20, one_key);
    assert_eq!(statuses, Statuses::from([(200, 40), (429, 40)]));
    redis.come_back();
    let statuses = load.join().unwrap();
    assert!(statuses[&200] > 0 && statuses[&503] > 0, "{statuses:?}");
    assert_eq!(statuses.len(), 2, "{statuses:?}");
    let limit = Instant::now() + Duration::from_secs(20);
    let mut connection = Connection::open(strict.process.address("main").unwrap());
    while connection.get("a") != 200 {
        assert!(Instant::now() < limit, "it does not come back");
        thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn a_cluster_that_nobody_knows_is_a_service_that_is_away() {
    let config = json!({
        "service": {"upstream": "limits", "domain": "shop"},
        "upstreams": {"limits": "nowhere"},
        "limits": daily(10),
    });
    let bootstrap = Bootstrap::new().listener(listener(quota(config)));
    let envoy = setup::start(&bootstrap, 1);
    let client = Client::new(envoy.process.address("main").unwrap(), Protocol::Http1);
    let answer = client.send(&request("GET", "/", &[])).unwrap();
    assert_eq!(answer.status(), 503);
    let counters = envoy.process.stats(r"quota\.request\..*\.failed$").unwrap();
    assert_eq!(counters.values().sum::<u64>(), 1);
}
