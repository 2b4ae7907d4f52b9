//! What messages hold.

use hachure_host_double::{Fields, Side};

use crate::{fixture, get, ok};

#[test]
fn every_byte_survives() {
    let bytes: Vec<u8> = (1..=255).filter(|b| !matches!(b, b'\r' | b'\n')).collect();
    let (_, vm) = fixture(&["copy x-in x-out"], &["copy x-in x-out"]);
    let stream = vm.stream();
    let with = |mut headers: Fields| {
        headers.add(b"x-in", &bytes);
        headers.add(b"x-in", b"");
        headers.add(b"\xff\x80", b"no name that any codec lets in");
        headers
    };
    stream
        .request_headers(with(get()), true)
        .response_headers(with(ok()), true);
    for message in [stream.upstream(), stream.client()] {
        let headers = message.headers.unwrap();
        assert_eq!(
            headers.values(b"x-out").collect::<Vec<_>>(),
            [bytes.as_slice(), b""]
        );
        assert!(headers.value(b"\xff\x80").is_some());
    }
}

#[test]
fn the_end_of_the_message_is_told() {
    let (_, vm) = fixture(&["end"], &["end"]);
    let whole = vm.stream();
    whole
        .request_headers(get(), true)
        .response_headers(ok(), true);
    assert!(whole.upstream().value("x-end").is_some() && whole.client().value("x-end").is_some());
    let streamed = vm.stream();
    streamed
        .request_headers(get(), false)
        .request_body("a", false)
        .request_trailers([("t", "1")]);
    streamed
        .response_headers(ok(), false)
        .response_body("b", true);
    assert!(streamed.upstream().value("x-end").is_none());
    assert!(streamed.client().value("x-end").is_none());
    assert_eq!(
        (streamed.upstream().body, streamed.client().body),
        (b"a".to_vec(), b"b".to_vec())
    );
    assert!(!streamed.held(Side::Request) && !streamed.held(Side::Response));
}

#[test]
fn streams_do_not_disturb_each_other() {
    let (_, vm) = fixture(&["copy x-in x-out"], &["copy x-in x-out"]);
    let streams: Vec<_> = (0..8_u8).map(|i| (i, vm.stream())).collect();
    let with = |mut headers: Fields, i: u8| {
        headers.add(b"x-in", &[b'0' + i]);
        headers
    };
    for (i, stream) in &streams {
        stream.request_headers(with(get(), *i), true);
    }
    for (i, stream) in streams.iter().rev() {
        stream.response_headers(with(ok(), *i), true);
        assert_eq!(stream.upstream().value("x-out"), Some(&[b'0' + i][..]));
        assert_eq!(stream.client().value("x-out"), Some(&[b'0' + i][..]));
    }
}

#[test]
fn lines_are_written_only_where_the_level_lets_them_through() {
    let (double, vm) = fixture(&["log line", "log another"], &[]);
    vm.stream().request_headers(get(), true);
    let lines: Vec<_> = double.logs().into_iter().map(|line| line.text).collect();
    assert_eq!(lines, ["fixture: line", "fixture: another"]);
    let quiet = double.clone().log_level(3);
    drop(vm);
    let vm = quiet
        .start(hachure_host::start::<crate::fixture::Fixture>)
        .unwrap();
    vm.forget_costs();
    vm.stream().request_headers(get(), true);
    assert_eq!(vm.costs().of("proxy_log"), 0, "not even a call");
}
