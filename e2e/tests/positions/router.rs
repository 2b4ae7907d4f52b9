//! Answers of the router and of the connection manager.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;

use hachure_e2e::http1::Connection;
use hachure_e2e::{Upstream, chain, setup};
use hachure_envoy::{Bootstrap, Cluster, HttpFilter, Listener, Protocol};
use serde_json::{Value, json};

use crate::readable;

const GET: &str = "GET / HTTP/1.1\r\nhost: a\r\norigin: https://app.example.com\r\n\r\n";

/// What a client sends to a listener, the status, and whether a page may read it.
type Row = (Listener, String, u16, bool);

fn row(name: &str, route: Value, status: u16, readable: bool) -> Row {
    (
        listener(name, route).filter(chain::cors()),
        GET.to_owned(),
        status,
        readable,
    )
}

fn listener(name: &str, mut route: Value) -> Listener {
    if route.get("match").is_none() {
        route["match"] = json!({"prefix": "/"});
    }
    let host = json!({"name": "all", "domains": ["*"], "routes": [route]});
    let routes = json!({"virtual_hosts": [host], "validate_clusters": false});
    Listener::new(name).manager_field("route_config", routes)
}

fn to(cluster: &str) -> Value {
    json!({"route": {"cluster": cluster}})
}

/// The same with another field of the connection manager.
fn manager((listener, head, status, readable): Row, field: &str, value: Value) -> Row {
    (listener.manager_field(field, value), head, status, readable)
}

/// The same with another request.
fn sending((listener, _, status, readable): Row, head: &str) -> Row {
    (listener, head.to_owned(), status, readable)
}

/// Takes connections and says nothing; or something that is no HTTP.
fn server(says: &'static [u8]) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        let mut silent = vec![];
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            if says.is_empty() {
                silent.push(stream);
            } else {
                let _ = stream.read(&mut [0; 1024]);
                let _ = stream.write_all(says);
            }
        }
    });
    port
}

fn check(rows: Vec<Row>) {
    let upstream = Upstream::start(Protocol::Http1);
    let cluster = |name: &str, port| Cluster::new(name, "127.0.0.1", port);
    let bootstrap = Bootstrap::new()
        .cluster(cluster("upstream", upstream.port()))
        .cluster(cluster("silent", server(b"")))
        .cluster(cluster("garbled", server(b"what?\r\n\r\n")))
        .cluster(cluster("unreachable", setup::closed_port()))
        .cluster(
            cluster("empty", setup::closed_port())
                .field("load_assignment", json!({"cluster_name": "empty"})),
        );
    let bootstrap = rows
        .iter()
        .fold(bootstrap, |all, row| all.listener(row.0.clone()));
    let envoy = setup::start(&bootstrap, 1);
    let (mut seen, mut expected) = (BTreeMap::new(), BTreeMap::new());
    for (listener, head, status, is_readable) in rows {
        let address = envoy.process.address(listener.name()).unwrap();
        let mut connection = Connection::open(address, head.as_bytes()).unwrap();
        let answer = connection.receive("GET").unwrap();
        expected.insert(listener.name().to_owned(), (status, is_readable));
        seen.insert(
            listener.name().to_owned(),
            (answer.status(), readable(&answer)),
        );
    }
    assert_eq!(seen, expected);
}

#[test]
fn what_is_answered_behind_our_filter_is_readable() {
    let body = "POST / HTTP/1.1\r\nhost: a\r\norigin: https://app.example.com\r\n\
        content-length: 5\r\n\r\n";
    let mapped = json!({"mappers": [{
        "filter": {"status_code_filter": {"comparison": {
            "op": "EQ",
            "value": {"default_value": 503, "runtime_key": "none"},
        }}},
        "status_code": 520,
    }]});
    let hurried = json!({"route": {"cluster": "silent", "timeout": "0.2s"}});
    let elsewhere = json!({"match": {"path": "/other"}, "route": {"cluster": "upstream"}});
    check(vec![
        row("no route", elsewhere, 404, true),
        row(
            "direct response",
            json!({"direct_response": {"status": 418}}),
            418,
            true,
        ),
        row(
            "redirect",
            json!({"redirect": {"path_redirect": "/there"}}),
            301,
            true,
        ),
        row("unknown cluster", to("nowhere"), 503, true),
        row("no endpoints", to("empty"), 503, true),
        row("refused", to("unreachable"), 503, true),
        row("garbled", to("garbled"), 502, true),
        row("route timeout", hurried, 504, true),
        manager(
            row("idle", to("silent"), 504, true),
            "stream_idle_timeout",
            json!("0.2s"),
        ),
        sending(
            manager(
                row("no body", to("upstream"), 408, true),
                "request_timeout",
                json!("0.2s"),
            ),
            body,
        ),
        manager(
            row("mapped", to("unreachable"), 520, true),
            "local_reply_config",
            mapped,
        ),
    ]);
}

#[test]
fn what_is_answered_before_the_chain_begins_is_not() {
    let upgrade = "GET / HTTP/1.1\r\nhost: a\r\norigin: https://app.example.com\r\n\
        connection: upgrade\r\nupgrade: websocket\r\n\r\n";
    let large = GET.replace(
        "\r\n\r\n",
        &format!("\r\nx-large: {}\r\n\r\n", "a".repeat(3000)),
    );
    let refused = |name, status| row(name, to("upstream"), status, false);
    let reject = json!("REJECT_REQUEST");
    check(vec![
        sending(refused("upgrade not enabled", 403), upgrade),
        sending(
            manager(
                refused("headers timeout", 408),
                "request_headers_timeout",
                json!("0.2s"),
            ),
            GET.trim_end(),
        ),
        sending(
            manager(
                refused("headers too large", 431),
                "max_request_headers_kb",
                json!(1),
            ),
            &large,
        ),
        sending(refused("no host", 400), &GET.replace("host: a\r\n", "")),
        sending(refused("malformed", 400), "what?\r\n\r\n"),
        sending(
            manager(
                refused("escaped slash", 400),
                "path_with_escaped_slashes_action",
                reject,
            ),
            &GET.replace("GET /", "GET /a%2Fb"),
        ),
    ]);
}

#[test]
fn a_filter_of_a_route_does_not_see_what_matches_no_route() {
    let enable = "type.googleapis.com/envoy.config.route.v3.FilterConfig";
    let route = json!({
        "match": {"path": "/other"},
        "route": {"cluster": "upstream"},
        "typed_per_filter_config": {"cors": {"@type": enable, "config": {}}},
    });
    let per_route =
        || listener("per route", route.clone()).filter(HttpFilter::from(chain::cors()).disabled());
    check(vec![(per_route(), GET.to_owned(), 404, false)]);
    check(vec![(
        per_route(),
        GET.replace("GET /", "GET /other"),
        200,
        true,
    )]);
}
