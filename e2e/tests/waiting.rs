//! Shared data, calls, waiting and host crypto in real Envoy, through the module `waiter`
//! (e2e/modules/waiter), which does what the header `x-do` of a request says.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::disallowed_methods,
    reason = "this is a test"
)]

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;
use std::time::{Duration, Instant};

use hachure_casefile::{Headers, Text};
use hachure_e2e::setup::{self, Running};
use hachure_e2e::{Client, Received, Upstream, request, response};
use hachure_envoy::{Bootstrap, Cluster, Listener, Protocol, Route};
use serde_json::{Value, json};

/// An Envoy with the module before an upstream.
struct Bench {
    envoy: Running,
    upstream: Upstream,
}

impl Bench {
    fn start(config: Value, workers: u32, clusters: Vec<Cluster>) -> Self {
        Self::start_without(&[], config, workers, clusters)
    }

    fn start_without(
        functions: &[&str],
        config: Value,
        workers: u32,
        clusters: Vec<Cluster>,
    ) -> Self {
        let upstream = Upstream::start(Protocol::Http1);
        let listener = Listener::new("main")
            .filter(setup::wasm("waiter", "waiter", config).without(functions))
            .route(Route::prefix("/").to("upstream"));
        let mut bootstrap = Bootstrap::new()
            .cluster(Cluster::new("upstream", "127.0.0.1", upstream.port()))
            .listener(listener);
        for cluster in clusters {
            bootstrap = bootstrap.cluster(cluster);
        }
        Self {
            envoy: setup::start(&bootstrap, workers),
            upstream,
        }
    }

    fn client(&self) -> Client {
        let address = self.envoy.process.address("main").unwrap();
        Client::new(address, Protocol::Http1)
    }

    fn send(&self, headers: &[(&str, &str)]) -> Received {
        self.client().send(&request("GET", "/", headers)).unwrap()
    }

    /// What the upstream sees of a request that does so.
    fn seen(&self, what: &str) -> Received {
        let answer = self.send(&[("x-do", what)]);
        assert_eq!(answer.status(), 200, "{answer:?}");
        self.upstream.take().remove(0)
    }
}

fn cluster(name: &str, server: &Upstream, protocol: Protocol) -> Cluster {
    Cluster::new(name, "127.0.0.1", server.port()).protocol(protocol)
}

#[test]
fn what_workers_share_is_counted_exactly() {
    const CLIENTS: usize = 8;
    const REQUESTS: usize = 125;
    for workers in [1, 2, 4] {
        let bench = Bench::start(json!({}), workers, vec![]);
        thread::scope(|scope| {
            for _ in 0..CLIENTS {
                scope.spawn(|| {
                    for _ in 0..REQUESTS {
                        assert_eq!(bench.send(&[("x-do", "count")]).status(), 200);
                    }
                });
            }
        });
        assert_eq!(bench.upstream.take().len(), CLIENTS * REQUESTS);
        let next = (CLIENTS * REQUESTS + 1).to_string();
        assert_eq!(bench.seen("count").text("x-count"), next, "{workers}");
    }
}

#[test]
fn calls_are_answered_over_http_and_grpc() {
    let (idp, service) = (
        Upstream::start(Protocol::Http1),
        Upstream::start(Protocol::Http2),
    );
    idp.answer([response(404, &[], "no keys")]);
    let mut answer = response(200, &[("content-type", "application/grpc")], "");
    answer.body = vec![Text(b"\0\0\0\0\x03yes".to_vec())];
    answer.trailers = Headers(vec![("grpc-status".to_owned(), Text(b"0".to_vec()))]);
    service.answer([answer]);
    // The name of a cluster that happens to be a message of protobuf too.
    let config = json!({"upstreams": {"service": "abcdefghi"}});
    let clusters = vec![
        cluster("idp", &idp, Protocol::Http1),
        cluster("abcdefghi", &service, Protocol::Http2),
    ];
    let bench = Bench::start(config, 1, clusters);
    assert_eq!(bench.seen("http").text("x-answer"), "1 404 no keys");
    assert_eq!(idp.take()[0].text(":path"), "/keys");
    let twice = bench.seen("twice").all("x-answer");
    assert_eq!(twice, ["1 404 no keys", "1 404 no keys"]);
    assert_eq!(bench.seen("grpc").text("x-answer"), "2 yes");
    let asked = service.take().remove(0);
    assert_eq!(asked.text(":path"), "/a.Service/Ask");
    assert_eq!(asked.body, b"\0\0\0\0\x08question");
    let failed = [("grpc-status", "14"), ("content-type", "application/grpc")];
    service.answer([response(200, &failed, "")]);
    assert_eq!(bench.seen("grpc").text("x-answer"), "2 failed");
}

#[test]
fn a_response_waits_for_a_call() {
    let idp = Upstream::start(Protocol::Http1);
    idp.answer([response(200, &[], "keys")]);
    let bench = Bench::start(json!({}), 1, vec![cluster("idp", &idp, Protocol::Http1)]);
    let answer = response(200, &[("x-do", "http")], "body");
    bench.upstream.answer([answer]);
    let received = bench.send(&[]);
    assert_eq!(received.text("x-answer"), "1 200 keys");
    assert_eq!(received.body, b"body");
}

/// What comes after headers that wait must not let them go, in whatever setting of Envoy's.
#[test]
fn what_follows_does_not_let_go_a_message_that_waits() {
    let port = late(Duration::from_millis(600));
    for alone in [false, true] {
        for protocol in [Protocol::Http1, Protocol::Http2] {
            let upstream = Upstream::start(protocol);
            let filter = setup::wasm("waiter", "waiter", json!({}));
            let filter = match alone {
                true => filter.holding_headers_alone(),
                false => filter,
            };
            let listener = Listener::new("main")
                .manager_field("http_protocol_options", json!({"enable_trailers": true}))
                .filter(filter)
                .route(Route::prefix("/").to("upstream"));
            let bootstrap = Bootstrap::new()
                .cluster(cluster("upstream", &upstream, protocol).http1_trailers())
                .cluster(Cluster::new("idp", "127.0.0.1", port))
                .listener(listener);
            let envoy = setup::start(&bootstrap, 1);
            let mut answer = response(200, &[("x-do", "http")], "");
            answer.body = vec![Text(b"ef".to_vec()), Text(b"gh".to_vec())];
            upstream.answer([answer]);
            let mut sent = request("POST", "/", &[("x-do", "http"), ("trailer", "x-sum")]);
            sent.body = vec![Text(b"ab".to_vec()), Text(b"cd".to_vec())];
            sent.trailers = Headers(vec![("x-sum".to_owned(), Text(b"1".to_vec()))]);
            let client = Client::new(envoy.process.address("main").unwrap(), protocol);
            let start = Instant::now();
            let received = client.send(&sent).unwrap();
            let context = format!("{protocol:?}, headers alone: {alone}");
            assert!(start.elapsed() > Duration::from_millis(1150), "{context}");
            let seen = upstream.take().remove(0);
            assert_eq!(seen.text("x-answer"), "1 200 keys", "{context}");
            assert_eq!(
                (seen.body, received.body),
                (b"abcd".to_vec(), b"efgh".to_vec())
            );
            assert_eq!(seen.trailers.values("x-sum").next(), Some(&b"1"[..]));
            assert_eq!(
                received.headers.values("x-answer").next(),
                Some(&b"1 200 keys"[..]),
                "{context}"
            );
        }
    }
}

#[test]
fn calls_that_come_to_nothing_are_answered_too() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let silent_port = silent.local_addr().unwrap().port();
    let config =
        |http: &str| json!({"upstreams": {"idp": http, "service": http}, "timeout": "200ms"});
    let clusters = || {
        vec![
            Cluster::new("silent", "127.0.0.1", silent_port),
            Cluster::new("closed", "127.0.0.1", setup::closed_port()).protocol(Protocol::Http2),
        ]
    };
    let said = |http: &str, what: &str| {
        let bench = Bench::start(config(http), 1, clusters());
        bench.seen(what).text("x-answer")
    };
    assert_eq!(said("unknown", "http"), "1 failed");
    assert_eq!(said("unknown", "grpc"), "2 failed");
    let timed_out = said("silent", "http");
    assert!(timed_out.starts_with("1 504 "), "{timed_out}");
    let refused = said("closed", "http");
    assert!(refused.starts_with("1 503 "), "{refused}");
    assert_eq!(said("closed", "grpc"), "2 failed");
}

/// A server that answers each request after a while.
fn late(time: Duration) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        while let Ok((mut stream, _)) = listener.accept() {
            thread::spawn(move || {
                let _ = stream.read(&mut [0; 4096]);
                thread::sleep(time);
                let head = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 4\r\n\r\n";
                let _ = stream.write_all([head, "keys"].concat().as_bytes());
            });
        }
    });
    port
}

#[test]
fn streams_wait_for_what_the_background_fetches() {
    let port = late(Duration::from_millis(1200));
    let clusters = vec![Cluster::new("idp", "127.0.0.1", port)];
    for workers in [1, 2] {
        let bench = Bench::start(json!({"fetch": "idp"}), workers, clusters.clone());
        let start = Instant::now();
        let answers: Vec<_> = thread::scope(|scope| {
            let clients = ["until", "until", "until-then-http", "until"];
            let clients = clients.map(|what| {
                let bench = &bench;
                scope.spawn(move || bench.send(&[("x-do", what)]).status())
            });
            clients.into_iter().map(|one| one.join().unwrap()).collect()
        });
        assert_eq!(answers, [200; 4]);
        let waited = start.elapsed();
        assert!(waited > Duration::from_millis(300), "{waited:?}");
        let seen = bench.upstream.take();
        assert!(seen.iter().all(|one| one.text("x-resumed") == "1"));
        let own = seen
            .iter()
            .filter(|one| one.text("x-answer") == "1 200 keys");
        assert_eq!(own.count(), 1);
    }
}

#[test]
fn a_stream_whose_time_is_over_is_answered() {
    let port = late(Duration::from_secs(60));
    let clusters = vec![Cluster::new("idp", "127.0.0.1", port)];
    let bench = Bench::start(json!({"fetch": "idp", "timeout": "30s"}), 1, clusters);
    let start = Instant::now();
    let answer = bench.send(&[("x-do", "until")]);
    let waited = start.elapsed();
    assert_eq!(answer.status(), 503);
    assert!(bench.upstream.take().is_empty());
    let about = Duration::from_millis(1990)..Duration::from_secs(4);
    assert!(about.contains(&waited), "{waited:?}");
    // One that goes away meanwhile harms nobody.
    let mut gone = std::net::TcpStream::connect(bench.envoy.process.address("main").unwrap());
    let gone = gone.as_mut().unwrap();
    gone.write_all(b"GET / HTTP/1.1\r\nhost: a\r\nx-do: until\r\n\r\n")
        .unwrap();
    thread::sleep(Duration::from_millis(100));
    gone.shutdown(std::net::Shutdown::Both).unwrap();
    thread::sleep(Duration::from_millis(2200));
    assert_eq!(bench.seen("").text("x-resumed"), "");
}

/// Public keys of 2048 bits and of P-256, and signatures over `hachure` with SHA-256, in hex. Their
/// private keys were made for this and thrown away.
const KEYS: [(&str, &str); 2] = [
    (
        "30820122300d06092a864886f70d01010105000382010f003082010a0282010100e05f77376a3bae33d47cf8\
     2dc9de15e889350b40fc7e4594c4c1c8ae44e0f8614a2325a3dfb9e4c621a9244ca86737cc1d6ee1fd60d501\
     965f3558e0a05a1c31ab4e53e5e29a4b3ae272b3f6824b8d3135a8c9f6d88af744fba7eebc1078a2c7341818\
     a6d8cab339aad929ef81930cd4ccd7e8c9472b77a640982ab24c506c25746f311b696f00a1ae8f7a7e6ae061\
     577f3f6271d4ad074722271f437b4c8000539f0d007997bcf01933416b2cbe2362fdc806ebc753d80913b681\
     524e8124ab3ea7208ea74c5aad251d88bb378582c9585085f8784a9c94d6d44164377636c4d0959e7b07b6bf\
     3ec82af368152b920db6f537f7feeb95f6202aa6d0574b81890203010001",
        "1780603dded8055a99ee31af128949574bf38d7b2f52c426050346715da9ebc816757a19542f97f153178a3a\
     2774eca5bd82435260c7edb5d93646cf51c009e6ac44a3b35ddbb76d8197ad96a404124b772dada1532c774d\
     207af1073a2dfef0c8a4918917017a87a7929f43e12bd91f1a61cd2d287a4e4e574257d4b283bad34f161c0e\
     1e137d9a57ff60fba31d9ccdc415919b07a7e09312951ef0237c0e6988ba0d8a98aacc25b2d9d917d13ddf1d\
     d3e9bcef00970d77783bd8adae89c8d3712c7c73f96c6c4641ef01c3d9b01053eb6435d0c445a24b2264b1bd\
     60b78de1c2e240642a9b3cea37e90c8991aded022c9a3cdff04109bc1954a27d9fe209e8",
    ),
    (
        "3059301306072a8648ce3d020106082a8648ce3d0301070342000455536f3d6bcab5b5c03cc1cff0a0dde8fd\
     5ce0578cf9cbdcc0b2aa3b525916f50d19bd2aacd65495134cbfaa9ef1f1efc5169bc9684df727524298501e\
     ef0718",
        "3044022022a301a917a9f023a9c503acb20e35f424a4ca19a582ada8dd38f4fac03fd00e02201ec143928887\
     78981fdedfe1b3b54b8bf2ee8150b44389cafbd4a6bb1ad563da",
    ),
];

#[test]
fn signatures_are_checked_by_envoys_crypto_where_it_may() {
    let bench = Bench::start(json!({}), 1, vec![]);
    let verified = |bench: &Bench, key: &str, signature: &str| {
        let headers = [
            ("x-do", "verify"),
            ("x-key", key),
            ("x-signature", signature),
        ];
        assert_eq!(bench.send(&headers).status(), 200);
        bench.upstream.take().remove(0).text("x-verified")
    };
    for (key, signature) in KEYS {
        assert_eq!(verified(&bench, key, signature), "holds");
        let mut other = signature.to_owned();
        let last = if other.pop() == Some('0') { "1" } else { "0" };
        other.push_str(last);
        assert_eq!(verified(&bench, key, &other), "does not hold");
        assert_ne!(verified(&bench, "0000", signature), "holds");
    }
    let log = std::fs::read_to_string(bench.envoy.process.log()).unwrap();
    assert!(log.contains("waiter: signatures are checked by the host"));
    let without = ["proxy_call_foreign_function"];
    let bench = Bench::start_without(&without, json!({}), 1, vec![]);
    for (key, signature) in KEYS {
        assert_eq!(verified(&bench, key, signature), "nobody");
    }
}
