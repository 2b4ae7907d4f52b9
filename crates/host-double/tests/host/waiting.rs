//! Streams that wait, what they share, and the background.

use std::time::Duration;

use hachure_exchange::UnixTime;
use hachure_host_double::{Answer, Costs, Double, Fields, Side, Status, Stream, Vm};

use hachure_waiter_policy::Waiter;

use crate::{get, ok};

fn double(config: &str) -> Double {
    Double::new()
        .plugin_name("one")
        .plugin_config(config)
        .cluster("idp")
        .cluster("service")
}

fn started(double: &Double) -> Vm {
    double.start(hachure_host::start::<Waiter>).unwrap()
}

fn asking(what: &str) -> Fields {
    let mut fields = get();
    fields.add(b"x-do", what.as_bytes());
    fields
}

fn asks<'vm>(vm: &'vm Vm, what: &str) -> Stream<'vm> {
    let stream = vm.stream();
    stream.request_headers(asking(what), true);
    stream
}

fn passed(stream: &Stream<'_>, name: &str) -> String {
    let value = stream.upstream().value(name).map(<[u8]>::to_vec);
    String::from_utf8(value.unwrap_or_default()).unwrap()
}

fn status(stream: &Stream<'_>) -> Option<Vec<u8>> {
    stream.client().value(":status").map(<[u8]>::to_vec)
}

const TICK: Duration = Duration::from_millis(25);

#[test]
fn a_stream_waits_for_its_own_call() {
    let vm = started(&double("{}"));
    let stream = asks(&vm, "http");
    assert!(stream.held(Side::Request) && stream.upstream().headers.is_none());
    let call = vm.http_calls().remove(0);
    assert_eq!(call.headers.value(":path"), Some(&b"/keys"[..]));
    vm.answer(call.token, Answer::new(200, "body"));
    assert_eq!(passed(&stream, "x-answer"), "1 200 body");
    stream.response_headers(ok(), true);
    assert!(stream.client().ended);
}

#[test]
fn a_stream_waits_for_one_call_after_the_other() {
    let vm = started(&double("{}"));
    let stream = asks(&vm, "twice");
    vm.answer(vm.http_calls()[0].token, Answer::new(200, "a"));
    assert!(stream.held(Side::Request));
    vm.answer(vm.http_calls()[0].token, Answer::new(404, "b"));
    let upstream = stream.upstream().headers.unwrap();
    let answers: Vec<_> = upstream.values(b"x-answer").collect();
    assert_eq!(answers, [&b"1 200 a"[..], b"1 404 b"]);
}

#[test]
fn a_response_waits_too() {
    let vm = started(&double("{}"));
    let stream = asks(&vm, "");
    let mut response = ok();
    response.add(b"x-do", b"http");
    stream.response_headers(response, true);
    assert!(stream.held(Side::Response) && stream.client().headers.is_none());
    vm.answer(vm.http_calls()[0].token, Answer::new(200, ""));
    assert_eq!(stream.client().value("x-answer"), Some(&b"1 200 "[..]));
    assert!(stream.client().ended);
}

#[test]
fn a_grpc_call_names_its_cluster_in_a_message_and_is_answered_or_fails() {
    let vm = started(&double("{}"));
    let stream = asks(&vm, "grpc");
    let call = vm.grpc_calls().remove(0);
    assert_eq!(
        (call.cluster.as_str(), call.method.as_str()),
        ("service", "Ask")
    );
    assert_eq!(call.messages, [b"question"]);
    vm.grpc_receive(call.token, "yes");
    assert_eq!(passed(&stream, "x-answer"), "2 yes");
    let stream = asks(&vm, "grpc");
    vm.grpc_close(vm.grpc_calls()[0].token, 14, "away");
    assert_eq!(passed(&stream, "x-answer"), "2 failed");
}

#[test]
fn what_is_no_answer_has_failed() {
    let vm = started(&double("{}"));
    let stream = asks(&vm, "http");
    vm.fail(vm.http_calls()[0].token);
    assert_eq!(passed(&stream, "x-answer"), "1 failed");
    let stream = asks(&vm, "http");
    let large = "x".repeat(1024 * 1024 + 1);
    vm.answer(vm.http_calls()[0].token, Answer::new(200, large));
    assert_eq!(passed(&stream, "x-answer"), "1 failed");
    // The host shows headers that it then does not give.
    vm.broken("proxy_get_header_map_pairs", Status::InternalFailure);
    let stream = vm.stream();
    vm.broken("proxy_get_header_map_pairs", Status::Ok);
    stream.request_headers(asking("http"), true);
    vm.broken("proxy_get_buffer_bytes", Status::NotFound);
    vm.answer(vm.http_calls()[0].token, Answer::new(200, "body"));
    assert_eq!(passed(&stream, "x-answer"), "1 failed");
}

#[test]
fn a_call_that_cannot_be_dispatched_fails_at_once() {
    for refused in [Status::BadArgument, Status::InternalFailure] {
        let vm = started(&double("{}"));
        vm.broken("proxy_http_call", refused);
        vm.broken("proxy_grpc_call", refused);
        let stream = asks(&vm, "http");
        assert_eq!(passed(&stream, "x-answer"), "1 failed");
        let stream = asks(&vm, "grpc");
        assert_eq!(passed(&stream, "x-answer"), "2 failed");
    }
    let nowhere = Double::new().plugin_name("one");
    let vm = started(&nowhere);
    assert_eq!(passed(&asks(&vm, "http"), "x-answer"), "1 failed");
}

#[test]
fn a_policy_that_waits_for_nothing_or_for_ever_is_closed() {
    let vm = started(&double("{}"));
    let stream = asks(&vm, "nothing");
    assert_eq!(status(&stream), Some(b"500".to_vec()));
    vm.broken("proxy_http_call", Status::BadArgument);
    let stream = asks(&vm, "endless");
    assert_eq!(status(&stream), Some(b"500".to_vec()));
    assert!(stream.upstream().headers.is_none());
}

#[test]
fn an_answer_that_nobody_waits_for_changes_nothing() {
    let vm = started(&double("{}"));
    let stream = asks(&vm, "forget");
    assert!(stream.upstream().ended);
    vm.answer(vm.http_calls()[0].token, Answer::new(200, "late"));
    assert_eq!(passed(&stream, "x-answer"), "");
    // One that has ended meanwhile.
    let gone = asks(&vm, "http");
    gone.reset();
    drop(gone);
    vm.answer(vm.http_calls()[0].token, Answer::new(200, "late"));
    // One that Envoy has answered.
    let timed_out = asks(&vm, "http");
    timed_out.local_reply(504, "", "stream_idle_timeout");
    vm.answer(vm.http_calls()[0].token, Answer::new(200, "late"));
    assert_eq!(status(&timed_out), Some(b"504".to_vec()));
    assert!(timed_out.upstream().headers.is_none());
}

#[test]
fn nothing_that_follows_lets_go_a_message_that_waits() {
    for alone in [false, true] {
        let vm = started(&double("{}").allow_on_headers_stop_iteration(alone));
        let stream = vm.stream();
        stream
            .request_headers(asking("http"), false)
            .request_body("ab", false)
            .request_trailers([("x-sum", "1")]);
        assert!(stream.upstream().headers.is_none(), "{alone}");
        vm.answer(vm.http_calls()[0].token, Answer::new(200, ""));
        let upstream = stream.upstream();
        assert_eq!(
            (upstream.body.as_slice(), upstream.ended),
            (&b"ab"[..], true)
        );
        let mut response = ok();
        response.add(b"x-do", b"http");
        stream
            .response_headers(response, false)
            .response_body("cd", false)
            .response_trailers([("x-sum", "1")]);
        assert!(stream.client().headers.is_none(), "{alone}");
        vm.answer(vm.http_calls()[0].token, Answer::new(200, ""));
        let client = stream.client();
        assert_eq!((client.body.as_slice(), client.ended), (&b"cd"[..], true));
    }
}

#[test]
fn a_call_with_a_header_that_splits_a_message_is_not_made() {
    let vm = started(&double("{}"));
    let stream = asks(&vm, "split");
    assert!(vm.http_calls().is_empty());
    assert_eq!(passed(&stream, "x-answer"), "1 failed");
}

#[test]
fn an_answer_for_an_earlier_phase_is_dropped() {
    let vm = started(&double("{}"));
    let stream = asks(&vm, "forget");
    let earlier = vm.http_calls().remove(0).token;
    let mut response = ok();
    response.add(b"x-do", b"http");
    stream.response_headers(response, true);
    let own = vm.http_calls().into_iter().map(|call| call.token);
    let own = own.filter(|token| *token != earlier).max().unwrap();
    vm.answer(earlier, Answer::new(200, "early"));
    assert!(stream.held(Side::Response), "its own call is under way");
    vm.answer(own, Answer::new(200, "own"));
    assert_eq!(stream.client().value("x-answer"), Some(&b"1 200 own"[..]));
    // A call that failed at once, of a phase that did not wait for it.
    vm.broken("proxy_http_call", Status::InternalFailure);
    let stream = asks(&vm, "forget");
    vm.broken("proxy_http_call", Status::Ok);
    let mut response = ok();
    response.add(b"x-do", b"nothing");
    stream.response_headers(response, true);
    assert_eq!(
        status(&stream),
        Some(b"500".to_vec()),
        "nothing to wait for"
    );
}

#[test]
fn calls_that_failed_at_once_are_told_in_their_order() {
    let vm = started(&double("{}"));
    vm.broken("proxy_http_call", Status::InternalFailure);
    vm.broken("proxy_grpc_call", Status::InternalFailure);
    let stream = asks(&vm, "both");
    assert_eq!(passed(&stream, "x-answer"), "1 failed");
}

#[test]
fn a_clock_that_is_set_back_holds_nobody() {
    let double = double("{}").now(UnixTime(u64::MAX / 2));
    let vm = started(&double);
    let stream = asks(&vm, "until");
    double.set_back(Duration::from_secs(3600));
    vm.advance(TICK);
    assert_eq!(status(&stream), Some(b"503".to_vec()));
}

#[test]
fn streams_wait_for_the_background_and_are_woken_together() {
    let double = double(r#"{"fetch": "idp"}"#);
    let vm = started(&double);
    let streams = [asks(&vm, "until"), asks(&vm, "until-then-http")];
    vm.advance(TICK);
    let call = vm.http_calls().remove(0);
    vm.answer(call.token, Answer::new(200, "keys"));
    assert_eq!(passed(&streams[0], "x-resumed"), "1");
    // The other one now waits for a call of its own, that it made from its root's callback.
    assert!(streams[1].held(Side::Request));
    vm.answer(vm.http_calls()[0].token, Answer::new(200, "own"));
    assert_eq!(passed(&streams[1], "x-answer"), "1 200 own");
    assert_eq!(double.counters()["hachure.waiter.woken"], 1);
}

#[test]
fn a_stream_whose_time_is_over_is_told_so() {
    let vm = started(&double("{}"));
    let stream = asks(&vm, "until");
    vm.advance(Duration::from_millis(1975));
    assert!(stream.held(Side::Request));
    vm.advance(TICK);
    assert_eq!(status(&stream), Some(b"503".to_vec()));
    assert_eq!(stream.details().as_deref(), Some("hachure.waiter_late"));
}

#[test]
fn it_ticks_quickly_only_while_streams_wait() {
    let vm = started(&double("{}"));
    let ticks = |vm: &Vm, time: Duration| {
        vm.forget_costs();
        vm.advance(time);
        vm.costs().of("proxy_set_shared_data")
    };
    assert_eq!(ticks(&vm, Duration::from_millis(999)), 1, "the first");
    assert_eq!(ticks(&vm, Duration::from_secs(10)), 10);
    let stream = asks(&vm, "until");
    assert_eq!(ticks(&vm, Duration::from_secs(1)), 40);
    stream.reset();
    drop(stream);
    assert_eq!(ticks(&vm, TICK), 1, "one more finds it gone");
    assert_eq!(ticks(&vm, Duration::from_secs(10)), 10);
}

#[test]
fn the_list_of_those_that_wait_is_bounded() {
    let vm = started(&double("{}"));
    let mut streams: Vec<_> = (0..1024).map(|_| asks(&vm, "until")).collect();
    let one_more = asks(&vm, "until");
    assert_eq!(status(&one_more), Some(b"503".to_vec()));
    drop(streams.swap_remove(0));
    assert!(asks(&vm, "until").held(Side::Request), "room of one gone");
    assert!(streams.iter().all(|stream| stream.held(Side::Request)));
}

#[test]
fn what_is_shared_is_counted_exactly_and_by_instance() {
    let double = double("{}");
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let double = double.clone();
            std::thread::spawn(move || {
                let vm = started(&double);
                for _ in 0..250 {
                    assert_ne!(passed(&asks(&vm, "count"), "x-count"), "");
                }
            })
        })
        .collect();
    threads.into_iter().for_each(|one| one.join().unwrap());
    let vm = started(&double);
    assert_eq!(passed(&asks(&vm, "count"), "x-count"), "1001");
    drop(vm);
    let vm = started(&double.plugin_name("two"));
    assert_eq!(passed(&asks(&vm, "count"), "x-count"), "1");
}

#[test]
fn a_host_that_loses_cells_closes_the_stream() {
    let vm = started(&double("{}"));
    for function in ["proxy_get_shared_data", "proxy_set_shared_data"] {
        vm.broken(function, Status::InternalFailure);
        assert_eq!(status(&asks(&vm, "count")), Some(b"500".to_vec()));
        vm.broken(function, Status::Ok);
    }
    // Always another one's write before ours.
    vm.broken("proxy_set_shared_data", Status::CasMismatch);
    assert_eq!(passed(&asks(&vm, "count"), "x-count"), "");
}

/// What BoringSSL would say of right and wrong texts.
fn crypto(arguments: &[u8]) -> Result<Vec<u8>, Status> {
    assert!(arguments.starts_with(b"\x0a\x06sha"));
    let holds = arguments.ends_with(b"\x22\x07hachure");
    Ok(match holds {
        true => vec![8, 1],
        false => b"\x12\x02no".to_vec(),
    })
}

#[test]
fn the_hosts_crypto_is_asked_where_it_knows_what_is_known() {
    let verified = |double: Double| {
        let vm = started(&double);
        passed(&asks(&vm, "verify"), "x-verified")
    };
    let with = |f| double("{}").foreign("verify_signature", f);
    assert_eq!(verified(double("{}")), "nobody");
    assert_eq!(verified(with(crypto as fn(&[u8]) -> _)), "holds");
    assert_eq!(
        verified(with(|_| Ok(vec![8, 1]))),
        "nobody",
        "says yes to all"
    );
    assert_eq!(verified(with(|_| Ok(vec![]))), "nobody", "says no to all");
    assert_eq!(verified(with(|_| Err(Status::BadArgument))), "nobody");
    let vm = started(&with(crypto));
    vm.broken("proxy_call_foreign_function", Status::BadArgument);
    assert_eq!(passed(&asks(&vm, "verify"), "x-verified"), "nobody");
}

#[test]
fn a_host_without_timers_or_a_name_is_refused() {
    let broken = double("{}").broken(
        "proxy_set_tick_period_milliseconds",
        Status::InternalFailure,
    );
    let refused = broken.start(hachure_host::start::<Waiter>).unwrap_err();
    assert!(refused.to_string().contains("the host has no timer"));
    let broken = double("{}").broken("proxy_get_property", Status::InternalFailure);
    let refused = broken.start(hachure_host::start::<Waiter>).unwrap_err();
    assert!(refused.to_string().contains("the plugin's name"));
}

#[test]
fn golden_costs() {
    let vm = started(&double("{}"));
    let costs = |what: &str, answer: bool| -> Costs {
        vm.forget_costs();
        let stream = asks(&vm, what);
        if answer {
            vm.answer(vm.http_calls()[0].token, Answer::new(200, "body"));
        }
        assert!(stream.upstream().ended);
        vm.costs()
    };
    let calls = |costs: &Costs| {
        costs
            .calls
            .iter()
            .map(|(n, c)| (*n, *c))
            .collect::<Vec<_>>()
    };
    costs("count", false);
    assert_eq!(
        calls(&costs("count", false)),
        [
            ("proxy_get_header_map_pairs", 1),
            ("proxy_get_shared_data", 2),
            ("proxy_replace_header_map_value", 1),
            ("proxy_set_shared_data", 1),
        ]
    );
    assert_eq!(
        calls(&costs("http", true)),
        [
            ("proxy_add_header_map_value", 1),
            ("proxy_continue_stream", 1),
            ("proxy_get_buffer_bytes", 1),
            ("proxy_get_header_map_pairs", 2),
            ("proxy_http_call", 1),
            ("proxy_set_effective_context", 1),
        ]
    );
}
