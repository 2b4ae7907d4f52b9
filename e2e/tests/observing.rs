//! Bodies that a policy observes pass real Envoy at once, chunk by chunk, through the module
//! `observer` (e2e/modules/observer).
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::disallowed_methods,
    reason = "this is a test"
)]

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use hachure_casefile::Text;
use hachure_e2e::setup::{self, Running};
use hachure_e2e::{Client, Upstream, request, response};
use hachure_envoy::{Bootstrap, Cluster, Listener, Protocol, Route};
use serde_json::json;

/// What Envoy Gateway sets.
const BUFFER: u32 = 32 * 1024;

fn start(port: u16, protocol: Protocol, alone: bool, limit: usize) -> Running {
    let filter = setup::wasm("observer", "observer", json!({"limit": limit}));
    let filter = match alone {
        true => filter.holding_headers_alone(),
        false => filter,
    };
    let limit = "per_connection_buffer_limit_bytes";
    let listener = Listener::new("main")
        .field(limit, json!(BUFFER))
        .filter(filter)
        .route(Route::prefix("/").to("upstream"));
    let cluster = Cluster::new("upstream", "127.0.0.1", port)
        .protocol(protocol)
        .field(limit, json!(BUFFER));
    setup::start(&Bootstrap::new().cluster(cluster).listener(listener), 1)
}

fn observed(envoy: &Running, name: &str) -> u64 {
    let stats = envoy.process.stats(r"^wasmcustom\.hachure\.").unwrap();
    let name = format!("wasmcustom.hachure.observer.{name}");
    stats.get(&name).copied().unwrap_or(0)
}

/// Reads until `end` has come, or fails in five seconds.
fn until(stream: &mut TcpStream, end: &str) -> String {
    stream
        .set_read_timeout(Some(Duration::from_secs(5)))
        .unwrap();
    let (mut read, mut part) = (vec![], [0; 4096]);
    while !String::from_utf8_lossy(&read).contains(end) {
        let count = stream.read(&mut part).unwrap();
        assert!(count > 0, "it ended before {end:?}");
        read.extend_from_slice(&part[..count]);
    }
    String::from_utf8(read).unwrap()
}

/// Each side sends a chunk only after the other one has had the chunk before it.
#[test]
fn a_body_that_is_observed_passes_chunk_by_chunk() {
    for alone in [false, true] {
        let server = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = server.local_addr().unwrap().port();
        let envoy = start(port, Protocol::Http1, alone, 1024);
        let mut client = TcpStream::connect(envoy.process.address("main").unwrap()).unwrap();
        let head = "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n";
        client.write_all(head.as_bytes()).unwrap();
        let (mut upstream, _) = server.accept().unwrap();
        until(&mut upstream, "\r\n\r\n");
        for chunk in ["first", "second"] {
            let sent = format!("{:x}\r\n{chunk}\r\n", chunk.len());
            client.write_all(sent.as_bytes()).unwrap();
            until(&mut upstream, chunk);
        }
        client.write_all(b"0\r\n\r\n").unwrap();
        until(&mut upstream, "0\r\n\r\n");
        let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
        upstream.write_all(head.as_bytes()).unwrap();
        let answer = until(&mut client, "\r\n\r\n");
        assert!(answer.contains("x-observed: 11\r\n"), "{answer}");
        for chunk in ["third", "last"] {
            let sent = format!("{:x}\r\n{chunk}\r\n", chunk.len());
            upstream.write_all(sent.as_bytes()).unwrap();
            until(&mut client, chunk);
            assert_eq!(observed(&envoy, "bytes"), 0, "it is not whole yet");
        }
        upstream.write_all(b"0\r\n\r\n").unwrap();
        until(&mut client, "0\r\n\r\n");
        let start = Instant::now();
        while observed(&envoy, "bytes") != 9 {
            assert!(start.elapsed() < Duration::from_secs(5), "{alone}");
        }
    }
}

#[test]
fn a_body_beyond_the_limit_passes_whole() {
    const LIMIT: usize = 1000;
    for protocol in [Protocol::Http1, Protocol::Http2] {
        let upstream = Upstream::start(protocol);
        let envoy = start(upstream.port(), protocol, false, LIMIT);
        let client = Client::new(envoy.process.address("main").unwrap(), protocol);
        for (size, said) in [
            (LIMIT, "1000"),
            (LIMIT + 1, "too large"),
            (1 << 20, "too large"),
        ] {
            let body = vec![Text(vec![b'x'; size])];
            let (mut sent, mut answer) = (request("POST", "/", &[]), response(200, &[], ""));
            (sent.body, answer.body) = (body.clone(), body);
            upstream.answer([answer]);
            let received = client.send(&sent).unwrap();
            assert_eq!(received.text("x-observed"), said, "{protocol:?} {size}");
            assert_eq!(
                (received.body.len(), upstream.take()[0].body.len()),
                (size, size)
            );
        }
        let seen = ["bytes", "too_large"].map(|name| observed(&envoy, name));
        assert_eq!(seen, [1000, 2], "{protocol:?}");
    }
}
