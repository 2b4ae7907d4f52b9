//! Streams that become something else: every filter lets them through, and holds no byte of them.

use hachure_casefile::{Headers, Message, Text};
use hachure_e2e::http1::Connection;
use hachure_e2e::{Gateway, Stream, request, response};

pub(super) fn a_websocket_over_http1(gateway: &Gateway) {
    gateway.upstream.answer([response(
        101,
        &[("upgrade", "websocket"), ("connection", "Upgrade")],
        "",
    )]);
    let upgrade = b"GET /v1/socket HTTP/1.1\r\nhost: api.example.com\r\n\
        connection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\
        sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    let mut socket = Connection::open(gateway.address(), upgrade).unwrap();
    let answer = socket.receive("GET").unwrap();
    assert_eq!(answer.status(), 101);
    assert_eq!(answer.text("upgrade"), "websocket");
    assert_eq!(answer.text("x-served-by"), "gateway");
    for message in [&b"one"[..], b"two", b"three"] {
        // Each comes back before the next is sent: nothing waits for more.
        socket.send(message).unwrap();
        assert_eq!(socket.receive_bytes(message.len()).unwrap(), message);
    }
    let seen = gateway.seen();
    assert_eq!(seen.text(":path"), "/legacy/socket");
    assert_eq!(
        (seen.text("upgrade"), seen.text("x-tenant")),
        ("websocket".into(), "acme".into())
    );
}

pub(super) fn a_websocket_over_http2(gateway: &Gateway) {
    gateway.upstream.answer([response(
        101,
        &[("upgrade", "websocket"), ("connection", "Upgrade")],
        "",
    )]);
    let connect = request("CONNECT", "/v1/socket", &[("sec-websocket-version", "13")]);
    let mut socket = Stream::open(gateway.address(), &connect, Some("websocket")).unwrap();
    assert_eq!(socket.head.status(), 200);
    assert_eq!(socket.head.text("x-served-by"), "gateway");
    for message in [&b"one"[..], b"two", b"three"] {
        socket.send(message).unwrap();
        assert_eq!(socket.receive().unwrap(), message);
    }
    assert_eq!(gateway.seen().text(":path"), "/legacy/socket");
}

pub(super) fn a_refused_websocket_is_answered(gateway: &Gateway) {
    let upgrade = b"GET /v9/socket HTTP/1.1\r\nhost: api.example.com\r\n\
        connection: Upgrade\r\nupgrade: websocket\r\n\r\n";
    let mut socket = Connection::open(gateway.address(), upgrade).unwrap();
    let answer = socket.receive("GET").unwrap();
    assert_eq!(answer.status(), 404);
    assert_eq!(answer.text("content-type"), "application/problem+json");
    assert!(gateway.upstream.take().is_empty());
}

pub(super) fn a_tunnel(gateway: &Gateway) {
    let connect = b"CONNECT db.example.com:5432 HTTP/1.1\r\nhost: db.example.com:5432\r\n\r\n";
    let mut tunnel = Connection::open(gateway.address(), connect).unwrap();
    let answer = tunnel.receive("CONNECT").unwrap();
    assert_eq!(
        (answer.status(), answer.text("x-served-by")),
        (200, "gateway".into())
    );
    for message in [&b"one"[..], b"two", b"three"] {
        tunnel.send(message).unwrap();
        assert_eq!(tunnel.receive_bytes(message.len()).unwrap(), message);
    }
    let seen = gateway.seen();
    assert_eq!(seen.text(":path"), "db.example.com:5432");
    assert_eq!(seen.text("x-tenant"), "acme");
}

pub(super) fn a_tunnel_over_http2(gateway: &Gateway) {
    let pseudo = [
        (":method", "CONNECT"),
        (":authority", "db.example.com:5432"),
    ];
    let fields = pseudo.map(|(name, value)| (name.to_owned(), Text(value.into())));
    let connect = Message {
        headers: Headers(fields.into()),
        ..Message::default()
    };
    let mut tunnel = Stream::open(gateway.address(), &connect, None).unwrap();
    assert_eq!(tunnel.head.status(), 200);
    assert_eq!(tunnel.head.text("x-served-by"), "gateway");
    for message in [&b"one"[..], b"two", b"three"] {
        tunnel.send(message).unwrap();
        assert_eq!(tunnel.receive().unwrap(), message);
    }
    let seen = gateway.seen();
    assert_eq!(seen.text(":path"), "db.example.com:5432");
    assert_eq!(seen.text("x-tenant"), "acme");
}
