//! Bodies that a policy asks for, in both settings of Envoy.

use std::cell::Cell;
use std::fmt::Debug;

use hachure_config::ConfigErrors;
use hachure_exchange::{
    Answer, Body, Call, Capabilities, Exchange, Outcome, Phase, Policy, Reason, Reply, Setup,
};
use hachure_host_double::{Double, Fields, Random, Side, Status, Stream, Vm};
use serde::Deserialize;

use crate::{get, ok};

/// What the policy does with each message.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct Config {
    limit: usize,
    held: bool,
    observe: bool,
    reply: bool,
    reply_to_long: bool,
    replace: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            limit: 1000,
            held: false,
            observe: false,
            reply: false,
            reply_to_long: false,
            replace: true,
        }
    }
}

struct Bodies(Config);

thread_local! {
    /// How many body phases there were, and the length of the last body; none for one too long.
    static SEEN: Cell<(usize, Option<usize>)> = const { Cell::new((0, None)) };
}

impl Policy for Bodies {
    const NAME: &'static str = "bodies";
    const REASONS: &'static [Reason] = &[];
    const PHASES: &'static [Phase] = &[
        Phase::RequestHeaders,
        Phase::RequestBody,
        Phase::ResponseHeaders,
        Phase::ResponseBody,
    ];
    type Config = Config;
    type Stream = ();

    fn compile(config: Config, _: Setup<'_>) -> Result<Self, ConfigErrors> {
        Ok(Self(config))
    }

    fn request_headers(&self, (): &mut (), x: &mut Exchange<'_>) -> Outcome {
        self.ask(x)
    }

    fn response_headers(&self, (): &mut (), x: &mut Exchange<'_>) -> Outcome {
        self.ask(x)
    }

    fn request_body(&self, (): &mut (), body: Body<'_>, x: &mut Exchange<'_>) -> Outcome {
        self.see(body, x)
    }

    fn response_body(&self, (): &mut (), body: Body<'_>, x: &mut Exchange<'_>) -> Outcome {
        self.see(body, x)
    }
}

impl Bodies {
    fn ask(&self, x: &mut Exchange<'_>) -> Outcome {
        match self.0.observe {
            true => x.observe_body(self.0.limit),
            false => x.collect_body(self.0.limit),
        }
        if self.0.held {
            x.hold_headers();
        }
        x.remove("content-length");
        Outcome::Continue
    }

    fn see(&self, body: Body<'_>, x: &mut Exchange<'_>) -> Outcome {
        let (count, _) = SEEN.get();
        let Body::Whole(body) = body else {
            SEEN.set((count + 1, None));
            return match self.0.reply_to_long {
                true => Outcome::Reply(Reply::new(413, "bodies.long")),
                false => Outcome::Continue,
            };
        };
        SEEN.set((count + 1, Some(body.len())));
        if self.0.reply {
            return Outcome::Reply(Reply::new(422, "bodies.wrong").body("wrong\n"));
        }
        if self.0.held && !self.0.observe {
            x.set("x-length", body.len().to_string()).unwrap();
        }
        if self.0.replace && !body.is_empty() {
            x.replace_body(shouted(body));
        }
        Outcome::Continue
    }
}

fn shouted(body: &[u8]) -> Vec<u8> {
    [&body.to_ascii_uppercase(), &b"!"[..]].concat()
}

fn started(config: &str, held: bool) -> (Double, Vm) {
    let double = Double::new()
        .plugin_config(config)
        .buffer_limit(32)
        .allow_on_headers_stop_iteration(held);
    let vm = double.start(hachure_host::start::<Bodies>).unwrap();
    SEEN.set((0, None));
    (double, vm)
}

fn with(mut fields: Fields, more: &[(&str, &str)]) -> Fields {
    for (name, value) in more {
        fields.add(name.as_bytes(), value.as_bytes());
    }
    fields
}

const CHUNKED: &[(&str, &str)] = &[("transfer-encoding", "chunked")];

/// Larger than the limit of the buffer, each and together.
fn large() -> String {
    "abcdefgh".repeat(10)
}

#[test]
fn a_large_body_passes_small_buffers_and_is_replaced() {
    for held in [false, true] {
        let (_, vm) = started(&format!(r#"{{"held": {held}}}"#), held);
        let stream = vm.stream();
        stream
            .request_headers(with(get(), CHUNKED), false)
            .request_body(large(), false)
            .request_body(large(), false);
        assert_eq!(stream.upstream().body, b"");
        assert_eq!(stream.upstream().headers.is_none(), held);
        stream.request_body("", true);
        let (upstream, whole) = (stream.upstream(), large().repeat(2));
        assert_eq!(upstream.body, shouted(whole.as_bytes()), "{held}");
        assert!(upstream.ended);
        let length = upstream.value("x-length").map(<[u8]>::to_vec);
        assert_eq!(length, held.then(|| b"160".to_vec()));
        stream
            .response_headers(with(ok(), CHUNKED), false)
            .response_body(large(), false)
            .response_body(large(), true);
        assert_eq!(stream.client().body, shouted(whole.as_bytes()));
        assert_eq!(SEEN.get(), (2, Some(160)));
    }
}

#[test]
fn a_body_of_a_known_length_is_whole_before_its_end() {
    let (_, vm) = started(r#"{"held": true}"#, true);
    let stream = vm.stream();
    stream
        .request_headers(with(get(), &[("content-length", "4")]), false)
        .request_body("ab", false)
        .request_body("cd", false);
    assert_eq!(stream.upstream().body, b"ABCD!");
    stream.request_trailers([("x-t", "1")]);
    let upstream = stream.upstream();
    assert!(upstream.ended && upstream.trailers.is_some());
    assert_eq!(upstream.body, b"ABCD!");
}

#[test]
fn trailers_end_a_body() {
    // Announced, or where the protocol is not HTTP/1.
    let framings: [(&[(&str, &str)], &str); 2] =
        [(&[("trailer", "x-t")], "HTTP/1.1"), (&[], "HTTP/2")];
    for (held, (framing, protocol)) in [false, true].into_iter().zip(framings) {
        let double = Double::new()
            .plugin_config(format!(r#"{{"held": {held}}}"#))
            .property(&["request", "protocol"], protocol)
            .buffer_limit(32)
            .allow_on_headers_stop_iteration(held);
        let vm = double.start(hachure_host::start::<Bodies>).unwrap();
        let stream = vm.stream();
        stream
            .request_headers(with(get(), framing), false)
            .request_body("ab", false)
            .request_body("cd", false)
            .request_trailers([("x-t", "1")]);
        let upstream = stream.upstream();
        assert_eq!(upstream.body, b"ABCD!");
        assert!(upstream.ended && upstream.trailers.is_some());
        stream
            .response_headers(with(ok(), framing), false)
            .response_body("ef", false)
            .response_trailers([("x-t", "1")]);
        let client = stream.client();
        assert_eq!(client.body, b"EF!");
        assert!(client.ended && client.trailers.is_some());
    }
}

#[test]
fn trailers_that_nothing_announced_lose_no_body_in_silence() {
    let (_, vm) = started("{}", false);
    let stream = vm.stream();
    stream
        .request_headers(with(get(), CHUNKED), false)
        .request_body("ab", false)
        .request_trailers([("x-t", "1")]);
    assert_eq!(stream.client().value(":status"), Some(&b"400"[..]));
    assert_eq!(
        stream.details().as_deref(),
        Some("hachure.bodies.unannounced_trailers")
    );
    drop(stream);
    let stream = vm.stream();
    stream
        .request_headers(get(), true)
        .response_headers(with(ok(), CHUNKED), false)
        .response_body("ab", false)
        .response_trailers([("x-t", "1")]);
    assert!(stream.was_reset());
    drop(stream);
    drop(vm);
    let (_, vm) = started(r#"{"held": true}"#, true);
    let stream = vm.stream();
    stream
        .request_headers(get(), true)
        .response_headers(with(ok(), CHUNKED), false)
        .response_body("ab", false)
        .response_trailers([("x-t", "1")]);
    assert_eq!(stream.client().value(":status"), Some(&b"502"[..]));
}

#[test]
fn trailers_without_a_body_pass() {
    for held in [false, true] {
        let (_, vm) = started(&format!(r#"{{"held": {held}}}"#), held);
        let stream = vm.stream();
        stream
            .request_headers(get(), false)
            .request_trailers([("x-t", "1")]);
        let upstream = stream.upstream();
        assert!(upstream.ended && upstream.trailers.is_some() && upstream.body.is_empty());
    }
}

#[test]
fn a_body_that_is_too_long_passes_as_it_is_or_is_refused() {
    for held in [false, true] {
        let (_, vm) = started(&format!(r#"{{"held": {held}, "limit": 100}}"#), held);
        let stream = vm.stream();
        stream.request_headers(with(get(), CHUNKED), false);
        for _ in 0..4 {
            stream.request_body(large(), false);
        }
        stream.request_body("", true);
        assert_eq!(stream.upstream().body, large().repeat(4).as_bytes());
        assert_eq!(SEEN.get(), (1, None));
        drop(stream);
        drop(vm);
        let config = format!(r#"{{"held": {held}, "limit": 100, "replyToLong": true}}"#);
        let (_, vm) = started(&config, held);
        let stream = vm.stream();
        stream.request_headers(with(get(), CHUNKED), false);
        stream
            .request_body(large(), false)
            .request_body(large(), false);
        assert_eq!(stream.client().value(":status"), Some(&b"413"[..]));
        assert_eq!(stream.upstream().body, b"");
    }
}

#[test]
fn a_reply_to_a_response_stands_in_for_it_or_breaks_it_off() {
    let (_, vm) = started(r#"{"held": true, "reply": true}"#, true);
    let stream = vm.stream();
    stream
        .request_headers(get(), true)
        .response_headers(ok(), false)
        .response_body("ab", true);
    assert_eq!(stream.client().value(":status"), Some(&b"422"[..]));
    assert_eq!(stream.client().body, b"wrong\n");
    drop(stream);
    drop(vm);
    let (_, vm) = started(r#"{"reply": true}"#, false);
    let stream = vm.stream();
    stream
        .request_headers(get(), true)
        .response_headers(ok(), false)
        .response_body("ab", true);
    assert!(stream.was_reset() && stream.client().body.is_empty());
}

#[test]
fn the_own_reply_is_no_body_to_collect() {
    let (_, vm) = started(r#"{"held": true, "reply": true}"#, true);
    let stream = vm.stream();
    stream
        .request_headers(with(get(), CHUNKED), false)
        .request_body("ab", true);
    assert_eq!(stream.client().value(":status"), Some(&b"422"[..]));
    assert_eq!(stream.client().body, b"wrong\n");
    assert_eq!(SEEN.get().0, 1);
}

#[test]
fn an_observed_body_passes_chunk_by_chunk() {
    let (_, vm) = started(
        r#"{"observe": true, "limit": 100, "replace": false}"#,
        false,
    );
    let stream = vm.stream();
    stream
        .request_headers(with(get(), CHUNKED), false)
        .request_body("ab", false);
    assert_eq!(stream.upstream().body, b"ab");
    stream.request_body("cd", false).request_body("", true);
    assert_eq!(SEEN.get(), (1, Some(4)));
    stream.response_headers(with(ok(), CHUNKED), false);
    for _ in 0..3 {
        stream.response_body(large(), false);
    }
    stream.response_trailers([("x-t", "1")]);
    assert_eq!(SEEN.get(), (2, None));
    assert_eq!(stream.client().body, large().repeat(3).as_bytes());
}

#[test]
fn a_host_that_fails_lets_no_body_pass() {
    for held in [false, true] {
        for function in ["proxy_get_buffer_bytes", "proxy_set_buffer_bytes"] {
            let (_, vm) = started(&format!(r#"{{"held": {held}}}"#), held);
            let stream = vm.stream();
            stream
                .request_headers(with(get(), CHUNKED), false)
                .request_body("ab", false);
            vm.broken(function, Status::InternalFailure);
            stream.request_body("cd", true);
            assert_eq!(stream.client().value(":status"), Some(&b"500"[..]));
            assert_eq!(stream.upstream().body, b"");
        }
    }
}

#[test]
fn a_request_that_stays_paused_lets_no_later_chunk_pass() {
    let (_, vm) = started(r#"{"held": true, "reply": true}"#, true);
    vm.broken("proxy_send_local_response", Status::InternalFailure);
    let stream = vm.stream();
    stream
        .request_headers(with(get(), CHUNKED), false)
        .request_body("ab", true)
        .request_body("cd", true);
    assert!(stream.held(Side::Request));
    assert!(stream.upstream().headers.is_none());
}

/// Whatever the chunks, the framing and the setting: what goes on is what came, replaced or not.
#[test]
fn nothing_is_lost_or_reordered() {
    for seed in 0..5_000 {
        let mut random = Random::new(seed);
        let config = Config {
            limit: random.below(200),
            held: random.chance(500),
            observe: random.chance(200),
            replace: random.chance(500),
            ..Config::default()
        };
        let text = format!(
            r#"{{"limit": {}, "held": {}, "observe": {}, "replace": {}}}"#,
            config.limit, config.held, config.observe, config.replace
        );
        let (_, vm) = started(&text, config.held);
        let stream = vm.stream();
        let sent = send(&stream, &mut random, Side::Request);
        expect(&config, &sent, &stream.upstream().body, seed);
        let sent = send(&stream, &mut random, Side::Response);
        expect(&config, &sent, &stream.client().body, seed);
        assert!(stream.client().ended, "{seed}");
    }
}

fn expect(config: &Config, sent: &[u8], seen: &[u8], place: impl Debug) {
    let replaced = config.replace && !config.observe && !sent.is_empty();
    let expected = match replaced && sent.len() <= config.limit {
        true => shouted(sent),
        false => sent.to_vec(),
    };
    assert_eq!(seen, expected, "{place:?}");
}

/// Sends a message of random chunks with a framing that Envoy could show, and returns its body.
fn send(stream: &Stream<'_>, random: &mut Random, side: Side) -> Vec<u8> {
    let (known, trailers) = (random.chance(300), random.chance(300));
    let chunks: Vec<Vec<u8>> = (0..random.below(6))
        .map(|_| {
            // Where Envoy keeps its buffer, chunks are as small as frames are.
            let length = random.below(if known || !trailers { 80 } else { 32 });
            (0..length)
                .map(|_| b'a' + (random.below(26) as u8))
                .collect()
        })
        .collect();
    let body = chunks.concat();
    let length = body.len().to_string();
    let framing: &[(&str, &str)] = match (known, trailers) {
        (true, _) => &[("content-length", &length)],
        (false, true) => &[("trailer", "x-t"), CHUNKED[0]],
        (false, false) => CHUNKED,
    };
    match side {
        Side::Request => stream.request_headers(with(get(), framing), false),
        Side::Response => stream.response_headers(with(ok(), framing), false),
    };
    let last = chunks.len();
    for (i, chunk) in chunks.iter().enumerate() {
        let end = i + 1 == last && !trailers && random.chance(500);
        part(stream, side, chunk, end);
        if end {
            return body;
        }
    }
    match (trailers, side) {
        (true, Side::Request) => drop(stream.request_trailers([("x-t", "1")])),
        (true, Side::Response) => drop(stream.response_trailers([("x-t", "1")])),
        (false, _) => part(stream, side, b"", true),
    }
    body
}

fn part(stream: &Stream<'_>, side: Side, chunk: &[u8], end: bool) {
    match side {
        Side::Request => stream.request_body(chunk, end),
        Side::Response => stream.response_body(chunk, end),
    };
}

/// Asks for the request's body beside its call, or when that has been answered.
struct Late {
    early: bool,
    observe: bool,
}

/// What a phase wants of a body that it does not observe.
const LIMIT: usize = 100;

impl Policy for Late {
    const NAME: &'static str = "late";
    const REASONS: &'static [Reason] = &[];
    const PHASES: &'static [Phase] = &[Phase::RequestHeaders, Phase::RequestBody];
    const CAPABILITIES: Capabilities = Capabilities {
        callouts: true,
        ..Capabilities::NONE
    };
    type Config = Config;
    type Stream = bool;

    fn compile(config: Config, _: Setup<'_>) -> Result<Self, ConfigErrors> {
        Ok(Self {
            early: config.held,
            observe: config.observe,
        })
    }

    fn request_headers(&self, _: &mut bool, x: &mut Exchange<'_>) -> Outcome {
        if self.early {
            x.collect_body(LIMIT);
        }
        x.call(
            1,
            &Call::Http {
                upstream: "idp",
                headers: &[(":method", "GET"), (":path", "/"), (":authority", "a")],
                body: b"",
                timeout: std::time::Duration::from_secs(1),
            },
        );
        Outcome::Wait
    }

    fn answered(&self, _: &mut bool, _: u16, _: Answer, x: &mut Exchange<'_>) -> Outcome {
        match self.observe {
            true => x.observe_body(LIMIT),
            false => x.collect_body(LIMIT),
        }
        Outcome::Continue
    }

    fn request_body(&self, _: &mut bool, body: Body<'_>, _: &mut Exchange<'_>) -> Outcome {
        if let Body::Whole(body) = body {
            SEEN.set((1, Some(body.len())));
        }
        Outcome::Continue
    }
}

fn late(config: &str, headers_alone: bool) -> Vm {
    let double = Double::new()
        .plugin_config(config)
        .plugin_name("late")
        .cluster("idp")
        .allow_on_headers_stop_iteration(headers_alone);
    SEEN.set((0, None));
    double.start(hachure_host::start::<Late>).unwrap()
}

fn answer(vm: &Vm) {
    let token = vm.http_calls()[0].token;
    vm.answer(token, hachure_host_double::Answer::new(200, ""));
}

#[test]
fn a_body_that_is_asked_for_beside_a_wait_closes_the_stream() {
    let vm = late(r#"{"held": true}"#, false);
    let stream = vm.stream();
    stream.request_headers(with(get(), CHUNKED), false);
    assert_eq!(stream.client().value(":status"), Some(&b"500"[..]));
    assert!(stream.upstream().headers.is_none());
}

#[test]
fn a_body_is_observed_whole_in_a_phase_that_has_waited() {
    for headers_alone in [false, true] {
        let vm = late(r#"{"observe": true}"#, headers_alone);
        let stream = vm.stream();
        stream
            .request_headers(with(get(), CHUNKED), false)
            .request_body("ab", false);
        answer(&vm);
        stream.request_body("cd", true);
        assert_eq!(stream.upstream().body, b"abcd", "{headers_alone}");
        assert_eq!(SEEN.get(), (1, Some(4)), "{headers_alone}");
    }
}

#[test]
fn a_body_is_not_collected_in_a_phase_that_has_waited() {
    for held in [false, true] {
        let vm = late("{}", held);
        let stream = vm.stream();
        stream
            .request_headers(with(get(), CHUNKED), false)
            .request_body("ab", false);
        answer(&vm);
        stream.request_body("cd", true);
        assert_eq!(stream.client().value(":status"), Some(&b"500"[..]));
        assert_eq!(stream.upstream().body, b"", "{held}");
        assert!(stream.upstream().headers.is_none());
    }
}
