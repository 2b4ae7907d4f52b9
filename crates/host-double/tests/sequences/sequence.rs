//! One plugin with a few streams, all of it random from one seed.

use std::time::Duration;

use hachure_exchange::UnixTime;
use hachure_host_double::{Double, Random, Stream, Vm};

use crate::corpus::{Corpus, bytes};

/// How often, in a thousand calls, the host fails: mostly never, sometimes always.
const FAULTS: [u32; 8] = [0, 0, 0, 0, 10, 100, 500, 1000];

/// Runs a plugin and some streams. Returns how many sequences that were.
pub(crate) fn plugin(start: fn(), corpus: &Corpus, seed: u64) -> u64 {
    let mut random = Random::new(seed);
    let double = Double::new()
        .plugin_config(random.pick(&corpus.configs).as_str())
        .now(UnixTime(random.bits() >> random.below(20)))
        .log_level(u32::try_from(random.below(5)).unwrap())
        .buffer_limit(random.below(64))
        .allow_on_headers_stop_iteration(random.chance(500))
        .headers_verdict(hachure_host::headers_verdict)
        .body_verdict(hachure_host::body_verdict)
        .faults(random.bits(), *random.pick(&[0, 0, 0, 0, 0, 0, 50, 300]));
    // A configuration that is refused is a sequence too.
    let Ok(vm) = double.start(start) else {
        return 1;
    };
    let streams = 1 + random.below(16);
    for _ in 0..streams {
        vm.faults(random.bits(), *random.pick(&FAULTS));
        let stream = vm.stream();
        let ordered = random.chance(700);
        match ordered {
            true => in_order(&stream, corpus, &mut random),
            false => in_any_order(&vm, &stream, corpus, &mut random),
        }
        drop(stream);
        let violations = vm.take_violations();
        assert!(!ordered || violations.is_empty(), "{violations:?}");
    }
    streams as u64
}

/// As a client, an upstream and Envoy between them do it.
fn in_order(stream: &Stream<'_>, corpus: &Corpus, random: &mut Random) {
    prepare(stream, random);
    let bodies = random.chance(400);
    stream.request_headers(corpus.request(random), !bodies);
    if bodies {
        for _ in 0..random.below(4) {
            stream.request_body(bytes(random, 40), false);
        }
        match random.chance(300) {
            true => stream.request_trailers(corpus.response(random)),
            false => stream.request_body("", true),
        };
    }
    if random.chance(50) {
        stream.reset();
    } else if random.chance(150) {
        let status = *random.pick(&[400, 401, 403, 404, 429, 500, 503]);
        let body = if random.chance(500) { "text" } else { "" };
        stream.local_reply(status, body, "route_not_found");
    }
    stream.response_headers(corpus.response(random), !bodies);
    if bodies {
        stream
            .response_body(bytes(random, 40), false)
            .response_body("", true);
    }
}

/// As none does: no panic is all that can be asked for.
fn in_any_order(vm: &Vm, stream: &Stream<'_>, corpus: &Corpus, random: &mut Random) {
    for _ in 0..random.below(12) {
        let end = random.chance(500);
        match random.below(13) {
            0 | 1 => {
                stream.request_headers(corpus.request(random), end);
            }
            2 => {
                stream.request_body(bytes(random, 40), end);
            }
            3 => {
                stream.request_trailers(corpus.request(random));
            }
            4 | 5 => {
                stream.response_headers(corpus.response(random), end);
            }
            6 => {
                stream.response_body(bytes(random, 40), end);
            }
            7 => {
                stream.response_trailers(corpus.response(random));
            }
            8 => {
                stream.local_reply(503, "", "no_healthy_upstream");
            }
            9 => vm.advance(Duration::from_millis(random.bits() % 5_000)),
            10 => prepare(stream, random),
            11 => {
                stream.misplaced_request_headers(end);
            }
            _ => {
                stream.misplaced_response_headers(end);
            }
        }
    }
    if random.chance(20) {
        vm.configure(random.pick(&corpus.configs).as_str());
    }
}

fn prepare(stream: &Stream<'_>, random: &mut Random) {
    let noise = String::from_utf8_lossy(&bytes(random, 30)).into_owned();
    let sources = [
        "192.0.2.7:4711",
        "[2001:db8::1]:443",
        "",
        "/run/socket",
        &noise,
    ];
    stream.source(random.pick::<&str>(&sources));
    for key in [
        "hachure.consumer",
        "hachure.reason",
        "hachure.version",
        "hachure.version.path",
    ] {
        if random.chance(100) {
            stream.preset_state(key, bytes(random, 30));
        }
    }
}
