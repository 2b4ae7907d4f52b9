//! JSON bodies between versions in real Envoy: under 32 KiB buffer limits, in both settings of
//! `allow_on_headers_stop_iteration`, over HTTP/1.1 and HTTP/2, chunked, with trailers, compressed and
//! conditional.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "this is a test"
)]

use hachure_casefile::{Headers, Message, Text};
use hachure_e2e::setup::{self, Running};
use hachure_e2e::{Client, Received, Upstream, request, response};
use hachure_envoy::{Bootstrap, Cluster, Listener, Protocol, Route};
use serde_json::{Value, json};

/// What Envoy Gateway sets on listeners and clusters.
const LIMIT: u32 = 32 * 1024;
const MIB: usize = 1024 * 1024;

/// Envoy between a client and an upstream that speak the same protocol.
struct Setting {
    envoy: Running,
    upstream: Upstream,
    protocol: Protocol,
    held: bool,
}

impl Setting {
    fn start(protocol: Protocol, held: bool, more: &Value) -> Self {
        let upstream = Upstream::start(protocol);
        let limit = |field: &str| (field.to_owned(), json!(LIMIT));
        let (field, value) = limit("per_connection_buffer_limit_bytes");
        let cluster = Cluster::new("upstream", "127.0.0.1", upstream.port())
            .protocol(protocol)
            .http1_trailers()
            .field(&field, value.clone());
        let listener = Listener::new("main")
            .field(&field, value)
            .manager_field("http_protocol_options", json!({"enable_trailers": true}))
            .filter(setup::wasm(
                "version-rewrite",
                "versions",
                config(held, more),
            ))
            .route(Route::prefix("/").to("upstream"));
        let envoy = setup::start(&Bootstrap::new().cluster(cluster).listener(listener), 1);
        Self {
            envoy,
            upstream,
            protocol,
            held,
        }
    }

    /// In each protocol, with headers held and not.
    fn each(more: &Value, test: impl Fn(&Self)) {
        for protocol in [Protocol::Http1, Protocol::Http2] {
            for held in [false, true] {
                test(&Self::start(protocol, held, more));
            }
        }
    }

    fn send(&self, message: &Message) -> Result<Received, String> {
        let address = self.envoy.process.address("main").unwrap();
        Client::new(address, self.protocol).send(message)
    }

    fn exchange(&self, sent: &Message, answer: Message) -> (Received, Received) {
        self.upstream.answer([answer]);
        let received = self.send(sent).unwrap();
        (self.upstream.take().remove(0), received)
    }

    fn context(&self) -> String {
        format!("{:?}, headers held: {}", self.protocol, self.held)
    }
}

fn config(held: bool, more: &Value) -> Value {
    let mut config = json!({
        "sources": [{"path": {"template": "/v{version}"}}],
        "versions": [
            {
                "name": "1",
                "request": [{"rename": {"at": "/old", "to": "new"}}],
                "response": [{"rename": {"at": "/new", "to": "old"}}],
            },
            {"name": "2"},
        ],
        "reroute": true,
        "headersHeld": held,
        "responseBodies": {"onOversize": "pass", "onInvalid": "pass"},
    });
    for (key, value) in more.as_object().unwrap() {
        config[key] = value.clone();
    }
    config
}

/// A document with that member, `size` bytes long.
fn document(name: &str, size: usize) -> Vec<u8> {
    let head = format!("{{\"{name}\":1.50,\"text\":\"");
    let count = size.saturating_sub(head.len()).saturating_sub(2);
    let digits = (0..count).map(|at| b'0' + u8::try_from(at / 7 % 10).unwrap());
    let mut text = head.into_bytes();
    text.extend(digits);
    text.extend_from_slice(b"\"}");
    text
}

/// A message with that body in chunks of that size, JSON.
fn with_body(mut message: Message, body: &[u8], chunk: usize) -> Message {
    header(&mut message, "content-type", "application/json");
    message.body = body.chunks(chunk).map(|c| Text(c.to_vec())).collect();
    message
}

fn header(message: &mut Message, name: &str, value: &str) {
    let value = Text(value.as_bytes().to_vec());
    message.headers.0.push((name.to_owned(), value));
}

fn post() -> Message {
    request("POST", "/v1/orders", &[])
}

fn with_trailers(mut message: Message) -> Message {
    header(&mut message, "trailer", "x-sum");
    message.trailers = Headers(vec![("x-sum".to_owned(), Text(b"1".to_vec()))]);
    message
}

#[test]
fn a_mebibyte_passes_small_buffers_whole_and_in_order() {
    Setting::each(&json!({}), |setting| {
        for (framed, chunk) in [(true, 16_384), (false, 1_000), (false, MIB)] {
            let (old, new) = (document("old", MIB), document("new", MIB));
            let mut sent = with_body(post(), &old, chunk);
            let mut answer = with_body(response(200, &[], ""), &new, chunk);
            if framed {
                header(&mut sent, "content-length", &MIB.to_string());
                header(&mut answer, "content-length", &MIB.to_string());
            }
            let (seen, received) = setting.exchange(&sent, answer);
            let context = setting.context();
            assert!(seen.body == new, "{context}, {framed}, {chunk}");
            assert!(received.body == old, "{context}, {framed}, {chunk}");
            assert_eq!(received.status(), 200);
        }
    });
}

#[test]
fn trailers_end_a_body_and_stay() {
    Setting::each(&json!({}), |setting| {
        let sent = with_trailers(with_body(post(), &document("old", 20_000), 3_000));
        let new = document("new", 20_000);
        let answer = with_trailers(with_body(response(200, &[], ""), &new, 3_000));
        let (seen, received) = setting.exchange(&sent, answer);
        let context = setting.context();
        assert!(seen.body == new, "{context}");
        assert!(received.body == document("old", 20_000), "{context}");
        for message in [seen, received] {
            let trailer = message.trailers.values("x-sum").next();
            assert_eq!(trailer, Some(&b"1"[..]), "{context}");
        }
    });
}

#[test]
fn unannounced_trailers_over_http1_lose_no_body_in_silence() {
    for held in [false, true] {
        let setting = Setting::start(Protocol::Http1, held, &json!({}));
        let mut sent = with_body(post(), &document("old", 2_000), 1_000);
        sent.trailers = Headers(vec![("x-sum".to_owned(), Text(b"1".to_vec()))]);
        let refused = setting.send(&sent).unwrap();
        assert_eq!(refused.status(), 400);
        assert!(setting.upstream.take().is_empty());
        let mut answer = with_body(response(200, &[], ""), &document("new", 2_000), 1_000);
        answer.trailers = sent.trailers;
        setting.upstream.answer([answer]);
        let received = setting.send(&request("GET", "/v1/orders", &[]));
        match received {
            Ok(received) if held => assert_eq!(received.status(), 502),
            Err(why) if !held => assert!(why.contains("ended within a body"), "{why}"),
            other => unexpected(&other),
        }
    }
}

fn unexpected(received: &Result<Received, String>) {
    let told = format!("{received:?}");
    assert_eq!(told, "", "unexpected");
}

#[test]
fn a_body_beyond_the_limit_is_refused_or_passes_as_it_came() {
    let limits = json!({
        "requestBodies": {"maxBody": 100_000},
        "responseBodies": {"maxBody": 100_000, "onOversize": "pass", "onInvalid": "pass"},
    });
    Setting::each(&limits, |setting| {
        let long = document("old", 300_000);
        let refused = setting.send(&with_body(post(), &long, 16_384)).unwrap();
        assert_eq!(refused.status(), 413, "{}", setting.context());
        assert!(String::from_utf8_lossy(&refused.body).contains("body_too_large"));
        let new = document("new", 300_000);
        let answer = with_body(response(200, &[], ""), &new, 16_384);
        let (_, received) = setting.exchange(&request("GET", "/v1/orders", &[]), answer);
        assert!(received.body == new, "{}", setting.context());
    });
    let pass = json!({"requestBodies": {"maxBody": 100_000, "onOversize": "pass"}});
    Setting::each(&pass, |setting| {
        let long = document("old", 300_000);
        let mut sent = with_body(post(), &long, 5_000);
        // Where Envoy must keep its buffer for trailers, chunks of HTTP/1.1 may be above its limit.
        let trailers = setting.protocol == Protocol::Http2;
        if trailers {
            sent = with_trailers(sent);
        }
        let (seen, _) = setting.exchange(&sent, response(200, &[], ""));
        assert!(seen.body == long, "{}", setting.context());
        assert_eq!(seen.trailers.contains("x-sum"), trailers);
    });
}

/// Parts of HTTP/1.1 above Envoy's limit, where its buffer must be kept for trailers: Envoy answers
/// itself, in the middle of showing a chunk to the filter.
#[test]
fn what_envoy_refuses_ends_no_vm() {
    for held in [false, true] {
        let setting = Setting::start(Protocol::Http1, held, &json!({}));
        let sent = with_trailers(with_body(post(), &document("old", MIB), MIB));
        // Envoy may end the connection before the client has sent everything.
        let refused = setting.send(&sent).map(|received| received.status());
        assert!(refused.is_err() || refused == Ok(413), "{refused:?}");
        setting.upstream.take();
        let answer = with_trailers(with_body(
            response(200, &[], ""),
            &document("new", MIB),
            MIB,
        ));
        setting.upstream.answer([answer]);
        let received = setting.send(&request("GET", "/v1/orders", &[]));
        let received = received.map(|received| received.status());
        assert!(received.is_err() || received == Ok(500), "{received:?}");
        let log = std::fs::read_to_string(setting.envoy.process.log()).unwrap();
        assert!(
            !log.contains("proxy_on_re"),
            "a trap names its callback: {log}"
        );
    }
}

#[test]
fn what_is_no_json_is_refused_where_it_can_be() {
    let strict = json!({"responseBodies": {}});
    for protocol in [Protocol::Http1, Protocol::Http2] {
        let setting = Setting::start(protocol, true, &strict);
        let refused = setting.send(&with_body(post(), b"{\"old\": ", 4)).unwrap();
        assert_eq!(refused.status(), 400);
        assert!(setting.upstream.take().is_empty(), "the headers waited");
        let answer = with_body(response(200, &[], ""), b"<html>", 4);
        let (_, received) = setting.exchange(&request("GET", "/v1/orders", &[]), answer);
        assert_eq!(received.status(), 502);
        assert!(String::from_utf8_lossy(&received.body).contains("response_invalid"));
        let long = with_body(response(200, &[], ""), &document("new", MIB + 1), 16_384);
        let (_, received) = setting.exchange(&request("GET", "/v1/orders", &[]), long);
        assert_eq!(received.status(), 502);
        assert!(String::from_utf8_lossy(&received.body).contains("response_too_large"));
    }
    let setting = Setting::start(Protocol::Http1, false, &json!({}));
    let refused = setting.send(&with_body(post(), b"{\"old\": ", 4)).unwrap();
    assert_eq!(
        refused.status(),
        400,
        "the upstream's request is broken off"
    );
}

#[test]
fn a_compressed_answer_is_not_asked_for_and_not_read() {
    Setting::each(&json!({}), |setting| {
        let asked = [("accept-encoding", "gzip"), ("range", "bytes=0-1")];
        let sent = request("GET", "/v1/orders", &asked);
        let mut answer = with_body(response(200, &[], ""), &[0x1f, 0x8b, 8, 0], 4);
        header(&mut answer, "content-encoding", "gzip");
        let (seen, received) = setting.exchange(&sent, answer);
        assert!(!seen.headers.contains("accept-encoding") && !seen.headers.contains("range"));
        assert_eq!(received.status(), 502, "{}", setting.context());
        assert!(String::from_utf8_lossy(&received.body).contains("response_encoded"));
    });
}

#[test]
fn a_conditional_request_leads_back_to_the_upstreams_tag() {
    Setting::each(&json!({}), |setting| {
        let mut answer = with_body(response(200, &[], ""), &document("new", 100), 100);
        header(&mut answer, "etag", "\"7\"");
        let (_, first) = setting.exchange(&request("GET", "/v1/orders", &[]), answer);
        let tag = first.text("etag");
        assert_eq!(tag, "\"7;v=1\"");
        let again = request("GET", "/v1/orders", &[("if-none-match", &tag)]);
        let (seen, second) = setting.exchange(&again, response(304, &[("etag", "\"7\"")], ""));
        assert_eq!(seen.text("if-none-match"), "\"7\"");
        assert_eq!((second.status(), second.text("etag")), (304, tag));
    });
}
