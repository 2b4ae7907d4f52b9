//! Which map is there in which phase.

use crate::{get, ok, probe, seen};

fn statements(violations: &[hachure_host_double::Violation]) -> Vec<String> {
    violations.iter().map(ToString::to_string).collect()
}

#[test]
fn headers_are_there_in_their_phase() {
    let (double, vm) = probe(
        "request_headers: get 0 :path; set 0 x-a 1; get 0 x-a\n\
         response_headers: get 2 :status; set 2 x-b 2",
    );
    let stream = vm.stream();
    stream
        .request_headers(get(), true)
        .response_headers(ok(), true);
    assert_eq!(stream.upstream().value("x-a"), Some(&b"1"[..]));
    assert_eq!(stream.client().value("x-b"), Some(&b"2"[..]));
    let seen = seen(&double);
    assert_eq!(
        seen[..4],
        [
            "request_headers count=3 end=true",
            "get 0 :path = `/orders?x=1`",
            "set 0 x-a 1 = ok",
            "get 0 x-a = `1`",
        ]
    );
}

#[test]
fn the_requests_headers_are_gone_once_they_went_on() {
    let (double, vm) = probe("response_headers: get 0 :path; pairs 0; set 0 x-a 1");
    vm.stream()
        .request_headers(get(), true)
        .response_headers(ok(), true);
    let seen = seen(&double);
    assert_eq!(
        seen[2..5],
        [
            "get 0 :path = error 2",
            // Envoy answers Ok and nothing: the trap for a module that trusts it.
            "pairs 0 = 0 bytes",
            "set 0 x-a 1 = error 2",
        ]
    );
    assert_eq!(
        statements(&vm.take_violations()),
        [
            "proxy_on_response_headers called proxy_get_header_map_value: \
         the request's headers are not there in this phase",
            "proxy_on_response_headers called proxy_get_header_map_pairs: \
         the request's headers are not there in this phase",
            "proxy_on_response_headers called proxy_replace_header_map_value: \
         the request's headers are not there to be changed",
        ]
    );
}

#[test]
fn a_held_request_keeps_its_headers() {
    let (double, vm) = probe("request_headers: pause\nresponse_headers: get 0 :path");
    let stream = vm.stream();
    stream
        .request_headers(get(), true)
        .local_reply(504, "", "response_timeout");
    assert!(seen(&double).contains(&"get 0 :path = `/orders?x=1`".to_owned()));
}

#[test]
fn a_change_after_the_headers_have_left_is_told() {
    let (_, vm) = {
        let double = hachure_host_double::Double::new().allow_on_headers_stop_iteration(true);
        crate::started(
            double,
            "request_headers: pause\nrequest_body#1: continue\nrequest_body#2: set 0 x-late 1",
        )
    };
    let stream = vm.stream();
    stream
        .request_headers(crate::post(), false)
        .request_body("a", false)
        .request_body("b", true);
    assert_eq!(stream.upstream().value("x-late"), None);
    assert_eq!(
        statements(&vm.take_violations()),
        [
            "proxy_on_request_body called proxy_replace_header_map_value: \
         the request's headers are gone: the change is lost",
        ]
    );
}

#[test]
fn trailers_are_there_in_their_callback_and_can_be_added_to_the_last_chunk() {
    let (double, vm) = probe(
        "request_headers: get 1 x-t\nrequest_trailers: get 1 x-t; set 1 x-t 2\n\
         response_body: set 3 x-sum 7",
    );
    let stream = vm.stream();
    stream
        .request_headers(crate::post(), false)
        .request_trailers([("x-t", "1")]);
    stream
        .response_headers(ok(), false)
        .response_body("body", true);
    let upstream = stream.upstream();
    assert_eq!(upstream.trailers.unwrap().value("x-t"), Some(&b"2"[..]));
    assert_eq!(
        stream.client().trailers.unwrap().value("x-sum"),
        Some(&b"7"[..])
    );
    assert!(seen(&double).contains(&"get 1 x-t = `1`".to_owned()));
    assert_eq!(
        vm.take_violations().len(),
        1,
        "only the read in the header phase"
    );
}

#[test]
fn the_access_log_sees_both_headers() {
    let (double, vm) = probe("log: get 0 :path; get 2 :status; get 3 x-none");
    vm.stream()
        .request_headers(get(), true)
        .response_headers(ok(), true);
    let seen = seen(&double);
    assert_eq!(
        seen[2..6],
        [
            "log",
            "get 0 :path = `/orders?x=1`",
            "get 2 :status = `200`",
            "get 3 x-none = error 1",
        ]
    );
}

#[test]
fn names_have_no_case_and_one_get_shows_the_first_value() {
    let (double, vm) = probe("request_headers: get 0 X-Many; set 0 x-MANY c");
    let stream = vm.stream();
    let mut headers = get();
    headers.add(b"X-Many", b"a");
    headers.add(b"x-many", b"b");
    stream.request_headers(headers, true);
    let left = stream.upstream().headers.unwrap();
    assert_eq!(left.values(b"x-many").collect::<Vec<_>>(), [b"c"]);
    assert_eq!(seen(&double)[1], "get 0 X-Many = `a`");
}

#[test]
fn a_module_that_breaks_a_rule_fails_its_test() {
    let caught = std::panic::catch_unwind(|| {
        let (_, vm) = probe("request_headers: get 2 :status");
        vm.stream().request_headers(get(), true);
    });
    let message = *caught.unwrap_err().downcast::<String>().unwrap();
    assert!(
        message.contains("the response's headers are not there in this phase"),
        "{message}"
    );
}
