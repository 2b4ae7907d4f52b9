//! Local replies.

use hachure_host_double::{Double, Fields};

use crate::{get, ok, post, probe, seen, started};

#[test]
fn a_reply_passes_through_the_modules_own_response_callbacks() {
    let (double, vm) = probe(
        "request_headers: reply 403 no; pause\n\
         response_headers: get 2 :status; get 0 :path; property response|code_details; \
         set 2 x-cors 1\nresponse_body: read 1",
    );
    let stream = vm.stream();
    stream.request_headers(get(), true);
    assert_eq!(
        seen(&double)[2..],
        [
            "response_headers count=3 end=false",
            "get 2 :status = `403`",
            "get 0 :path = `/orders?x=1`",
            "property response|code_details = `probe_says_no`",
            "set 2 x-cors 1 = ok",
            "response_body size=2 end=true",
            "read 1 = `no`",
            "log",
            "done",
        ]
    );
    let client = stream.client();
    assert_eq!(
        client.headers.unwrap(),
        Fields::from([
            (":status", "403"),
            ("content-length", "2"),
            ("content-type", "text/plain"),
            ("x-cors", "1"),
        ])
    );
    assert!(client.ended && stream.upstream().headers.is_none());
}

#[test]
fn whatever_the_callback_returns_its_message_stops() {
    let (_, vm) = probe("request_headers: reply 403 no; continue");
    let stream = vm.stream();
    stream
        .request_headers(post(), false)
        .request_body("body", true);
    assert_eq!(stream.client().value(":status"), Some(&b"403"[..]));
    assert_eq!(stream.upstream(), hachure_host_double::Message::default());
}

#[test]
fn a_reply_to_a_response_takes_its_place_unseen() {
    let (double, vm) = probe("response_headers: reply 502 bad; pause");
    let stream = vm.stream();
    stream
        .request_headers(get(), true)
        .response_headers(ok(), false);
    stream.response_body("from the upstream", true);
    let client = stream.client();
    assert_eq!(client.value(":status"), Some(&b"502"[..]));
    assert_eq!(client.body, b"bad");
    let callbacks = seen(&double)
        .iter()
        .filter(|line| line.contains("count="))
        .count();
    assert_eq!(callbacks, 2, "the reply itself is not shown");
}

#[test]
fn a_reply_after_the_headers_have_left_breaks_the_stream() {
    let (_, vm) = probe("response_body: reply 500 late; pause");
    let stream = vm.stream();
    stream
        .request_headers(get(), true)
        .response_headers(ok(), false)
        .response_body("x", true);
    assert!(stream.was_reset());
    assert!(
        vm.take_violations().is_empty(),
        "it is how a body is refused"
    );
}

#[test]
fn a_reply_from_elsewhere_after_the_headers_have_left_is_a_violation() {
    let double = Double::new().cluster("idp");
    let (_, vm) = started(double, "response_headers: call idp 0\ncall: reply 500 late");
    let stream = vm.stream();
    stream
        .request_headers(get(), true)
        .response_headers(ok(), false);
    vm.fail(vm.http_calls()[0].token);
    assert!(stream.was_reset());
    assert!(vm.take_violations()[0].what.contains("have been sent"));
}

#[test]
fn a_second_reply_is_a_violation() {
    let (_, vm) =
        probe("request_headers: reply 403 no; pause\nresponse_headers: reply 500 worse; pause");
    let stream = vm.stream();
    stream.request_headers(get(), true);
    assert_eq!(vm.take_violations()[0].what, "a second local reply");
}

/// Tried on Envoy 1.40.
#[test]
fn of_two_replies_in_one_callback_the_first_is_sent() {
    let (_, vm) = probe("request_headers: reply 403 no; reply 404 worse; pause");
    let stream = vm.stream();
    stream.request_headers(get(), true);
    assert_eq!(stream.client().value(":status"), Some(&b"403"[..]));
    assert_eq!(vm.take_violations()[0].what, "a second local reply");
}

#[test]
fn a_request_that_was_answered_is_not_resumed() {
    let double = hachure_host_double::Double::new().cluster("idp");
    let script = "request_headers: call idp 0; pause\ncall: reply 401 no; resume 0";
    let (_, vm) = crate::started(double, script);
    let stream = vm.stream();
    stream.request_headers(get(), true);
    vm.fail(vm.http_calls()[0].token);
    assert_eq!(
        vm.take_violations()[0].what,
        "a request that was answered is resumed"
    );
}

#[test]
fn grpc_clients_get_trailers_only_and_head_gets_no_body() {
    let (_, vm) = probe("request_headers: reply 403 no_%; pause");
    let mut headers = post();
    headers.add(b"content-type", b"application/grpc+proto");
    let stream = vm.stream();
    stream.request_headers(headers, false);
    let client = stream.client();
    assert_eq!(
        client.headers.unwrap(),
        Fields::from([
            (":status", "200"),
            ("content-type", "application/grpc"),
            ("grpc-status", "7"),
            ("grpc-message", "no_%25"),
        ])
    );
    let stream = vm.stream();
    stream.request_headers([(":method", "HEAD"), (":path", "/")], true);
    assert_eq!(stream.client().value("content-length"), Some(&b"4"[..]));
    assert_eq!(stream.client().body, b"");
}

#[test]
fn another_filters_reply_is_seen_too_where_the_request_was() {
    let (double, vm) = probe("response_headers: property response|code_details");
    let stream = vm.stream();
    stream
        .request_headers(get(), true)
        .local_reply(503, "", "no_healthy_upstream");
    assert!(
        seen(&double).contains(&"property response|code_details = `no_healthy_upstream`".into())
    );
    // A filter in front answered: the module never saw the request, and sees nothing of the reply.
    let unseen = vm.stream();
    unseen.local_reply(401, "", "jwt_authn_access_denied");
    assert_eq!(
        seen(&double),
        ["log", "done", "log", "done"][..2],
        "only for the access log"
    );
    assert_eq!(unseen.client().value(":status"), Some(&b"401"[..]));
}

#[test]
fn a_response_without_its_status_becomes_a_502() {
    let (_, vm) = probe("response_headers: set 2 x-a 1");
    let stream = vm.stream();
    stream
        .request_headers(get(), true)
        .response_headers([("x-only", "1")], true);
    assert_eq!(stream.client().value(":status"), Some(&b"502"[..]));
}

#[test]
fn close_breaks_the_stream_off() {
    let (_, vm) = probe("request_headers: close 0; pause");
    let stream = vm.stream();
    stream.request_headers(get(), true);
    assert!(stream.was_reset());
    assert_eq!(stream.details().as_deref(), Some("wasm_close_stream"));
}
