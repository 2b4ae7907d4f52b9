//! Buffer limits.

use hachure_host_double::Double;

use crate::{get, ok, post, seen, started};

fn small(script: &str) -> (Double, hachure_host_double::Vm) {
    started(Double::new().buffer_limit(8), script)
}

#[test]
fn a_request_body_above_the_limit_is_a_413() {
    let (double, vm) = small("request_body: pause");
    let stream = vm.stream();
    stream
        .request_headers(post(), false)
        .request_body("12345678", false);
    assert!(stream.client().headers.is_none());
    stream.request_body("9", true);
    assert_eq!(stream.client().value(":status"), Some(&b"413"[..]));
    assert_eq!(
        stream.details().as_deref(),
        Some("request_payload_too_large")
    );
    assert!(
        seen(&double)
            .iter()
            .any(|line| line.starts_with("response_headers"))
    );
}

#[test]
fn a_response_body_above_the_limit_breaks_the_stream_or_is_a_500() {
    let (_, vm) = small("response_body: pause");
    let stream = vm.stream();
    stream
        .request_headers(get(), true)
        .response_headers(ok(), false);
    stream.response_body("123456789", false);
    assert!(stream.was_reset(), "the headers had left");

    drop(stream);
    drop(vm);
    let double = Double::new()
        .buffer_limit(8)
        .allow_on_headers_stop_iteration(true);
    let (_, vm) = started(double, "response_headers: pause\nresponse_body: pause");
    let stream = vm.stream();
    stream
        .request_headers(get(), true)
        .response_headers(ok(), false);
    stream.response_body("123456789", false);
    assert_eq!(stream.client().value(":status"), Some(&b"500"[..]));
}

#[test]
fn what_waits_unseen_is_not_limited() {
    let double = Double::new().buffer_limit(8).cluster("idp");
    let (_, vm) = started(double, "request_headers: call idp 0; pause\ncall: resume 0");
    let stream = vm.stream();
    stream
        .request_headers(post(), false)
        .request_body("1234567890", true);
    assert!(stream.client().headers.is_none());
    vm.fail(vm.http_calls()[0].token);
    assert_eq!(stream.upstream().body, b"1234567890");
}

#[test]
fn a_body_that_the_module_takes_out_is_not_kept() {
    let (_, vm) = small("request_body: read 0; empty 0; pause");
    let stream = vm.stream();
    stream.request_headers(post(), false);
    for _ in 0..10 {
        stream.request_body("12345678", false);
    }
    assert!(stream.client().headers.is_none(), "no 413");
}

/// Tried on Envoy 1.40: the limit is told once, and it was told while nobody could be refused. Both
/// sides then wait for ever.
#[test]
fn what_waited_unseen_above_the_limit_is_never_refused() {
    let double = Double::new().buffer_limit(8).cluster("idp");
    let script = "request_headers: call idp 0; pause\ncall: resume 0\nrequest_body: pause";
    let (_, vm) = started(double, script);
    let stream = vm.stream();
    stream
        .request_headers(post(), false)
        .request_body("1234567890", false);
    vm.fail(vm.http_calls()[0].token);
    stream.request_body("more", false);
    assert!(stream.client().headers.is_none() && stream.upstream().body.is_empty());
}
