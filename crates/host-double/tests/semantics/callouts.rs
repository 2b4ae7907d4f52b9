//! Call-outs and their answers.

use hachure_host_double::{Answer, Double, Fields};

use crate::{get, seen, started};

fn asking(script: &str) -> (Double, hachure_host_double::Vm) {
    started(Double::new().cluster("idp"), script)
}

#[test]
fn an_answer_is_there_in_its_callback_alone() {
    let (double, vm) = asking(
        "request_headers: call idp 0; pause\ncall: get 6 :status; read 4; get 0 :path; resume 0\n\
         response_headers: read 4",
    );
    let stream = vm.stream();
    stream.request_headers(get(), true);
    let call = vm.http_calls().remove(0);
    assert_eq!((call.cluster.as_str(), call.deadline), ("idp", None));
    assert_eq!(call.headers.value(":authority"), Some(&b"probe"[..]));
    seen(&double);
    vm.answer(call.token, Answer::new(200, "keys"));
    stream.response_headers(crate::ok(), true);
    assert_eq!(
        seen(&double)[..7],
        [
            "call headers=1 body=4 trailers=0",
            "get 6 :status = `200`",
            "read 4 = `keys`",
            "get 0 :path = `/orders?x=1`",
            "resume 0 = ok",
            "response_headers count=1 end=true",
            "read 4 = error 1",
        ]
    );
}

#[test]
fn a_call_that_is_broken_off_has_no_map_at_all() {
    let (double, vm) =
        asking("request_headers: call idp 0; pause\ncall: get 6 :status; pairs 6; status");
    let stream = vm.stream();
    stream.request_headers(get(), true);
    seen(&double);
    vm.fail(vm.http_calls()[0].token);
    assert_eq!(
        seen(&double),
        [
            "call headers=0 body=0 trailers=0",
            // The status on which the SDK's own helper ends the program.
            "get 6 :status = error 2",
            "pairs 6 = 0 bytes",
            "status = 11 `reset`",
        ]
    );
    assert_eq!(vm.take_violations().len(), 2);
}

#[test]
fn an_unknown_cluster_and_an_absurd_timeout_are_bad_arguments() {
    let (double, vm) = asking("request_headers: call other 0; call idp max; grpc other 0");
    vm.stream().request_headers(get(), true);
    assert_eq!(
        seen(&double)[1..4],
        [
            "call other 0 = error 2",
            "call idp max = error 2",
            "grpc other 0 = error 4",
        ]
    );
}

#[test]
fn an_answer_after_the_streams_end_reaches_nobody() {
    let (double, vm) = asking("request_headers: call idp 0");
    let stream = vm.stream();
    stream
        .request_headers(get(), true)
        .response_headers(crate::ok(), true);
    let token = vm.http_calls()[0].token;
    drop(stream);
    seen(&double);
    vm.answer(token, Answer::new(200, ""));
    assert!(seen(&double).is_empty());
}

#[test]
fn a_grpc_call_is_answered_or_fails() {
    let (double, vm) = asking("request_headers: grpc idp 0; pause\ngrpc_call: read 5; status");
    let stream = vm.stream();
    stream.request_headers(get(), true);
    let call = vm.grpc_calls().remove(0);
    assert_eq!(
        (call.service.as_str(), call.method.as_str()),
        ("a.Service", "Ask")
    );
    assert_eq!(call.messages, [b"question"]);
    seen(&double);
    vm.grpc_receive(call.token, "answer");
    assert_eq!(
        seen(&double)[..2],
        ["grpc_call status=0 size=6", "read 5 = `answer`"]
    );
    assert!(vm.grpc_calls().is_empty());
    let other = vm.stream();
    other.request_headers(get(), true);
    seen(&double);
    vm.grpc_close(vm.grpc_calls()[0].token, 14, "away");
    assert_eq!(
        seen(&double),
        [
            "grpc_call status=14 size=0",
            "read 5 = ``",
            "status = 14 `away`"
        ]
    );
}

#[test]
fn a_grpc_stream_has_metadata_messages_and_an_end() {
    let (double, vm) = asking(
        "request_headers: stream idp\ngrpc_initial: get 4 x\ngrpc_message: read 5\n\
         grpc_trailing: get 5 y\ngrpc_close: status",
    );
    let stream = vm.stream();
    stream.request_headers(get(), true);
    let token = vm.grpc_calls()[0].token;
    seen(&double);
    vm.grpc_initial_metadata(token, Fields::from([("x", "1")]));
    vm.grpc_receive(token, "one");
    vm.grpc_receive(token, "two");
    vm.grpc_trailing_metadata(token, Fields::from([("y", "2")]));
    vm.grpc_close(token, 0, "");
    assert_eq!(
        seen(&double),
        [
            "grpc_initial elements=1",
            "get 4 x = `1`",
            "grpc_message size=3",
            "read 5 = `one`",
            "grpc_message size=3",
            "read 5 = `two`",
            "grpc_trailing elements=1",
            "get 5 y = `2`",
            "grpc_close status=0",
            "status = 0 ``",
        ]
    );
}
