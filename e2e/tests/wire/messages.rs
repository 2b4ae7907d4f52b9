//! What HTTP has beside headers and a body, through every filter.

use hachure_casefile::{Headers, Text};
use hachure_e2e::chain::ORIGIN;
use hachure_e2e::http1::Connection;
use hachure_e2e::{Gateway, request, response};

fn trailers(name: &str, value: &str) -> Headers {
    Headers(vec![(name.to_owned(), Text(value.into()))])
}

pub(super) fn a_header_is_set_on_its_way(gateway: &Gateway) {
    gateway
        .upstream
        .answer([response(200, &[("x-a", "1"), ("x-a", "2")], "hello")]);
    let received = gateway.send(&request("GET", "/v1/orders?x=%2F", &[]));
    assert_eq!(
        (received.status(), received.body.as_slice()),
        (200, &b"hello"[..])
    );
    assert_eq!(received.all("x-a"), ["1", "2"]);
    assert_eq!(received.text("x-served-by"), "gateway");
    let seen = gateway.seen();
    assert_eq!(
        (seen.text(":path"), seen.text("x-tenant")),
        ("/legacy/orders?x=%2F".into(), "acme".into())
    );
    // Envoy makes the id before the filters run.
    let id = seen.text("x-request-id");
    assert!(!id.is_empty(), "{seen:?}");
    assert_eq!((seen.text("x-id"), received.text("x-id")), (id.clone(), id));
}

pub(super) fn trailers_pass_in_both_directions(gateway: &Gateway) {
    let mut answer = response(200, &[], "world");
    answer.trailers = trailers("x-sum", "2");
    gateway.upstream.answer([answer]);
    let mut sent = request("POST", "/v1/orders", &[]);
    sent.body = vec![Text("hel".into()), Text("lo".into())];
    sent.trailers = trailers("x-checksum", "1");
    let received = gateway.send(&sent);
    assert_eq!(
        (received.status(), received.body.as_slice()),
        (200, &b"world"[..])
    );
    assert_eq!(
        received.trailers,
        trailers("x-sum", "2").to_map(),
        "{received:?}"
    );
    let seen = gateway.seen();
    assert_eq!(
        (seen.text(":path"), seen.body.as_slice()),
        ("/legacy/orders".into(), &b"hello"[..])
    );
    assert_eq!(
        seen.trailers,
        trailers("x-checksum", "1").to_map(),
        "{received:?}"
    );
}

pub(super) fn grpc_passes_with_its_trailers(gateway: &Gateway) {
    let message = Text(vec![0, 0, 0, 0, 2, 8, 7]);
    let mut answer = response(200, &[("content-type", "application/grpc")], "");
    answer.body = vec![message.clone()];
    answer.trailers = trailers("grpc-status", "0");
    gateway.upstream.answer([answer]);
    let grpc = [
        ("content-type", "application/grpc"),
        ("te", "trailers"),
        ("accept-version", "1"),
    ];
    let mut call = request("POST", "/shop.Orders/Get", &grpc);
    call.body = vec![message.clone()];
    let received = gateway.send(&call);
    assert_eq!((received.status(), &received.body), (200, &message.0));
    assert_eq!(received.trailers, trailers("grpc-status", "0").to_map());
    assert_eq!(received.text("x-served-by"), "gateway");
    assert_eq!(gateway.seen().text(":path"), "/legacy/shop.Orders/Get");
}

pub(super) fn grpc_is_refused_in_its_own_way(gateway: &Gateway) {
    let grpc = [
        ("content-type", "application/grpc"),
        ("te", "trailers"),
        ("accept-version", "9"),
    ];
    let mut call = request("POST", "/shop.Orders/Get", &grpc);
    call.body = vec![Text(vec![0, 0, 0, 0, 0])];
    let received = gateway.send(&call);
    // Trailers-only: the status stands in the headers, and nothing follows them.
    assert_eq!(
        (received.status(), received.text("grpc-status")),
        (200, "3".into())
    );
    assert_eq!(received.text("content-type"), "application/grpc");
    assert!(
        received.text("grpc-message").contains("version"),
        "{received:?}"
    );
    assert!(
        received.body.is_empty() && received.trailers.is_empty(),
        "{received:?}"
    );
    assert!(gateway.upstream.take().is_empty());
}

pub(super) fn head_has_the_headers_and_no_body(gateway: &Gateway) {
    gateway
        .upstream
        .answer([response(200, &[("content-length", "10")], "")]);
    let received = gateway.send(&request("HEAD", "/v1/orders", &[]));
    assert_eq!(
        (received.status(), received.text("content-length")),
        (200, "10".into())
    );
    assert_eq!(received.text("x-served-by"), "gateway");
    assert!(received.body.is_empty());
    assert_eq!(gateway.seen().text(":method"), "HEAD");
    let refused = gateway.send(&request("HEAD", "/v9/orders", &[("origin", ORIGIN)]));
    assert_eq!(refused.status(), 404);
    assert_eq!(refused.text("access-control-allow-origin"), ORIGIN);
    assert!(refused.body.is_empty(), "{refused:?}");
}

pub(super) fn a_refused_head_leaves_the_connection_in_order(gateway: &Gateway) {
    let head =
        b"HEAD /v9/orders HTTP/1.1\r\nhost: a\r\n\r\nGET /v1/orders HTTP/1.1\r\nhost: a\r\n\r\n";
    let mut connection = Connection::open(gateway.address(), head).unwrap();
    assert_eq!(connection.receive("HEAD").unwrap().status(), 404);
    assert_eq!(connection.receive("GET").unwrap().status(), 200);
}

pub(super) fn a_client_may_wait_for_100_continue(gateway: &Gateway) {
    let head = b"PUT /v1/orders HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\n\
        content-length: 5\r\n\r\n";
    let mut connection = Connection::open(gateway.address(), head).unwrap();
    assert_eq!(connection.receive_status().unwrap(), 100);
    connection.send(b"hello").unwrap();
    let received = connection.receive("PUT").unwrap();
    assert_eq!(
        (received.status(), received.text("x-served-by")),
        (200, "gateway".into())
    );
    let seen = gateway.seen();
    assert_eq!(
        (seen.text(":path"), seen.body.as_slice()),
        ("/legacy/orders".into(), &b"hello"[..])
    );
    assert_eq!(seen.all("x-tenant"), ["acme"]);
}
