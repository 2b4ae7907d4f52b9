//! A host that fails: closed, with a reason.

use hachure_host_double::{Double, Status, Stream, Vm};

use crate::{fixture, get, ok};

/// Every status that a host function may answer besides `Ok`, and `NotFound`, which is an answer.
const ERRORS: [Status; 6] = [
    Status::BadArgument,
    Status::SerializationFailure,
    Status::InvalidMemoryAccess,
    Status::CasMismatch,
    Status::InternalFailure,
    Status::Unimplemented,
];

fn closed(stream: &Stream<'_>) {
    let client = stream.client();
    assert_eq!(client.value(":status"), Some(&b"500"[..]));
    assert!(client.ended);
    assert_eq!(
        stream.details().as_deref(),
        Some("hachure.fixture.host_fault")
    );
    assert_eq!(stream.state("hachure.reason").unwrap(), b"host_fault");
    assert_eq!(stream.state("hachure.filter").unwrap(), b"fixture");
}

fn broken(vm: &Vm, function: &str, request: bool) {
    for status in ERRORS {
        vm.broken(function, status);
        let stream = vm.stream();
        stream
            .request_headers(get(), true)
            .response_headers(ok(), true);
        closed(&stream);
        assert_eq!(
            stream.upstream().headers.is_none(),
            request,
            "{function}, {status:?}"
        );
    }
}

const READS: [(&str, &str); 5] = [
    ("map", "proxy_get_header_map_pairs"),
    ("has x-a", "proxy_get_header_map_value"),
    ("path", "proxy_get_header_map_value"),
    ("source", "proxy_get_property"),
    ("time", "proxy_get_current_time_nanoseconds"),
];

#[test]
fn a_request_whose_reads_fail_is_not_let_through() {
    for (step, function) in READS {
        let (_, vm) = fixture(&[step], &[]);
        broken(&vm, function, true);
    }
}

#[test]
fn a_response_whose_reads_fail_is_replaced() {
    for (step, function) in READS {
        let (_, vm) = fixture(&[], &[step]);
        broken(&vm, function, false);
    }
}

#[test]
fn a_message_that_the_host_does_not_change_as_told_is_not_let_through() {
    for (step, function) in [
        ("set x-a 1", "proxy_replace_header_map_value"),
        ("copy :path x-b", "proxy_add_header_map_value"),
        ("remove x-user", "proxy_remove_header_map_value"),
    ] {
        let (_, vm) = fixture(&[step, "set x-last 1"], &[]);
        broken(&vm, function, true);
        drop(vm);
        let (_, vm) = fixture(&[], &["copy :status x-b", "set x-a 1", "remove x-user"]);
        broken(&vm, function, false);
    }
}

#[test]
fn a_message_without_any_header_is_none() {
    let (_, vm) = fixture(&["map"], &[]);
    let stream = vm.stream();
    stream.request_headers(hachure_host_double::Fields::new(), true);
    closed(&stream);
}

#[test]
fn what_serves_observers_only_may_fail() {
    let (double, vm) = fixture(&["state a", "count", "log line", "set x-a 1"], &[]);
    for function in ["proxy_set_property", "proxy_increment_metric", "proxy_log"] {
        vm.broken(function, Status::InternalFailure);
    }
    let stream = vm.stream();
    stream.request_headers(get(), true);
    assert_eq!(stream.upstream().value("x-a"), Some(&b"1"[..]));
    assert!(double.counters().is_empty());
}

#[test]
fn a_fault_while_the_own_reply_goes_out_stops_nothing_and_hides_no_reason() {
    let (_, vm) = fixture(
        &["state set-by-policy", "reply 403"],
        &["map", "set x-cors 1"],
    );
    vm.broken("proxy_get_header_map_pairs", Status::InternalFailure);
    let stream = vm.stream();
    stream.request_headers(get(), true);
    assert_eq!(stream.client().value(":status"), Some(&b"403"[..]));
    assert_eq!(stream.client().value("x-cors"), None);
    assert_eq!(stream.state("hachure.reason"), None);
}

/// Envoy makes no stream then; a host that does gets no open filter.
#[test]
fn a_stream_without_a_configuration_is_closed() {
    let vm = Double::new()
        .plugin_config("{")
        .start_anyway(hachure_host::start::<crate::fixture::Fixture>);
    let stream = vm.stream();
    stream.request_headers(get(), true);
    assert!(stream.upstream().headers.is_none());
    assert_eq!(stream.client().value(":status"), Some(&b"500"[..]));
    assert_eq!(
        stream.details().as_deref(),
        Some("hachure.fixture.not_configured")
    );
}

#[test]
fn a_configuration_that_is_refused_later_leaves_the_one_before_it() {
    let (_, vm) = fixture(&["reply 403"], &[]);
    assert!(!vm.configure("{"));
    let stream = vm.stream();
    stream.request_headers(get(), true);
    assert_eq!(stream.client().value(":status"), Some(&b"403"[..]));
}
