//! The one reply of a stream.

use hachure_host_double::{Side, Status};

use crate::{fixture, get, ok};

/// What Envoy is told where nothing may go on.
const EVERYTHING: u32 = 4;

#[test]
fn the_policy_sees_its_own_reply_and_may_change_it() {
    let (_, vm) = fixture(&["reply 403"], &["copy x-own x-seen", "set x-cors 1"]);
    let stream = vm.stream();
    stream.request_headers(get(), true);
    let client = stream.client();
    assert_eq!(client.value("x-seen"), Some(&b"1"[..]));
    assert_eq!(client.value("x-cors"), Some(&b"1"[..]));
    assert_eq!(client.body, b"no\n");
    assert_eq!(stream.details().as_deref(), Some("fixture_says_no"));
}

#[test]
fn header_changes_of_the_phase_that_replies_are_dropped_and_its_counts_hold() {
    let (double, vm) = fixture(&["count", "set x-a 1", "reply 403"], &[]);
    let stream = vm.stream();
    stream.request_headers(get(), true);
    assert_eq!(vm.costs().of("proxy_replace_header_map_value"), 0);
    assert_eq!(double.counters()["hachure.fixture.seen"], 1);
}

#[test]
fn a_policy_that_answers_every_response_does_not_answer_its_own_reply() {
    let (_, vm) = fixture(&["reply 403"], &["reply 502"]);
    let stream = vm.stream();
    stream.request_headers(get(), true);
    assert_eq!(stream.client().value(":status"), Some(&b"403"[..]));
    assert_eq!(stream.replies().len(), 1);
}

#[test]
fn a_response_can_be_answered_too() {
    let (_, vm) = fixture(&[], &["reply 502"]);
    let stream = vm.stream();
    stream
        .request_headers(get(), true)
        .response_headers(ok(), false);
    stream.response_body("secret", true);
    let client = stream.client();
    assert_eq!(
        (client.value(":status"), client.body.as_slice()),
        (Some(&b"502"[..]), &b"no\n"[..])
    );
}

#[test]
fn a_refused_reply_is_tried_again_when_the_host_asks_again() {
    let (_, vm) = fixture(&["reply 403"], &[]);
    vm.broken("proxy_send_local_response", Status::InternalFailure);
    let stream = vm.stream();
    stream.request_headers(get(), false);
    vm.broken("proxy_send_local_response", Status::Ok);
    assert_eq!(stream.misplaced_request_headers(false), EVERYTHING);
    assert_eq!(stream.client().value(":status"), Some(&b"403"[..]));
    assert!(stream.upstream().headers.is_none());
}

#[test]
fn a_reply_that_the_host_refuses_holds_the_request() {
    let (_, vm) = fixture(&["reply 403"], &[]);
    vm.broken("proxy_send_local_response", Status::InvalidMemoryAccess);
    let stream = vm.stream();
    stream
        .request_headers(get(), false)
        .request_body("body", true);
    assert!(stream.held(Side::Request));
    assert!(stream.upstream().headers.is_none() && stream.client().headers.is_none());
    assert_eq!(
        vm.costs().of("proxy_send_local_response"),
        2,
        "the whole one, then a bare one"
    );
}

#[test]
fn a_refused_reply_does_not_open_the_response() {
    let (_, vm) = fixture(&["reply 403"], &["reply 502"]);
    vm.broken("proxy_send_local_response", Status::InternalFailure);
    let stream = vm.stream();
    stream.request_headers(get(), false);
    stream.local_reply(504, "", "response_timeout");
    assert!(stream.held(Side::Response));
    assert!(stream.client().headers.is_none());
}

#[test]
fn another_filters_reply_is_seen() {
    let (_, vm) = fixture(&[], &["copy :status x-was"]);
    let stream = vm.stream();
    stream
        .request_headers(get(), true)
        .local_reply(503, "", "no_healthy_upstream");
    assert_eq!(stream.client().value("x-was"), Some(&b"503"[..]));
}
