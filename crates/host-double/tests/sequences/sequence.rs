//! One plugin with a few streams, all of it random from one seed.

use std::time::Duration;

use hachure_exchange::UnixTime;
use hachure_host_double::{Double, Random, Stream, Vm};

use crate::corpus::{Corpus, bytes};
use crate::exchange::Exchange;
use crate::world;

/// How often, in a thousand calls, the host fails: mostly never, sometimes always.
const FAULTS: [u32; 8] = [0, 0, 0, 0, 10, 100, 500, 1000];

/// Runs a plugin and some streams. Returns how many sequences that were.
pub(crate) fn plugin(start: fn(), corpus: &Corpus, seed: u64) -> u64 {
    let mut random = Random::new(seed);
    let plugin = random.pick(&corpus.plugins);
    let noon = UnixTime(random.bits() >> (1 + random.below(20)));
    let now = plugin.now.filter(|_| random.chance(700)).unwrap_or(noon);
    let mut double = Double::new()
        .plugin_config(plugin.config.as_str())
        .plugin_name("one")
        .now(now)
        .log_level(u32::try_from(random.below(5)).unwrap())
        .buffer_limit(*random.pick(&[random.clone().below(64), 1024 * 1024]))
        // Headers that the platform does not hold for their body would wait for ever.
        .allow_on_headers_stop_iteration(plugin.headers_held || random.chance(500))
        .faults(random.bits(), *random.pick(&[0, 0, 0, 0, 0, 0, 50, 300]));
    for cluster in &plugin.clusters {
        if random.chance(900) {
            double = double.cluster(cluster.as_str());
        }
    }
    // A configuration that is refused is a sequence too.
    let Ok(vm) = double.start(start) else {
        return 1;
    };
    let streams = 1 + random.below(16);
    if random.chance(700) {
        at_once(&vm, streams, corpus, &mut random);
    } else {
        for _ in 0..streams {
            vm.faults(random.bits(), *random.pick(&FAULTS));
            let stream = vm.stream();
            in_any_order(&vm, &stream, corpus, &mut random);
        }
        vm.take_violations();
    }
    vm.faults(0, 0);
    world::end_calls(&vm);
    // Those on the list are found gone by the next tick.
    vm.advance(Duration::from_secs(1));
    world::end_calls(&vm);
    assert_eq!(
        hachure_host::left_behind(),
        (0, 0),
        "calls, and streams that wait"
    );
    streams as u64
}

/// Several streams beside each other, as clients, upstreams and Envoy between them do it.
fn at_once(vm: &Vm, streams: usize, corpus: &Corpus, random: &mut Random) {
    let faults = *random.pick(&FAULTS);
    vm.faults(random.bits(), faults);
    let mut exchanges: Vec<Exchange<'_>> = vec![];
    let mut left = streams;
    while left > 0 || (!exchanges.is_empty() && random.chance(900)) {
        if left > 0 && random.chance(300) {
            left -= 1;
            let stream = vm.stream();
            prepare(&stream, random);
            exchanges.push(Exchange::new(stream, corpus, random));
        }
        match random.below(20) {
            0 => world::pass(vm, random),
            1..=3 => world::answer_one(vm, corpus, random),
            _ if exchanges.is_empty() => {}
            4 if random.chance(300) => drop(exchanges.swap_remove(random.below(exchanges.len()))),
            5 if random.chance(300) => {
                local_reply(&random.pick(&exchanges).stream, &mut random.clone())
            }
            _ => {
                let at = random.below(exchanges.len());
                exchanges[at].send(random);
            }
        }
    }
    finish(vm, &mut exchanges, corpus, random);
    let mut violations = vm.take_violations();
    // A body that is refused when the upstream has answered already: all that is left, and meant.
    violations.retain(|one| !one.to_string().contains("the stream is broken off"));
    assert!(violations.is_empty(), "{violations:?}");
    // A host that does not do what it is told to holds its messages for ever.
    let held = exchanges.iter().find(|one| faults == 0 && !one.is_over());
    assert!(held.is_none(), "{:?}", held.map(|one| &one.stream));
}

/// Both peers send all that they have, every call is answered, and a minute passes.
fn finish(vm: &Vm, exchanges: &mut [Exchange<'_>], corpus: &Corpus, random: &mut Random) {
    vm.faults(0, 0);
    for round in 0..120 {
        while exchanges.iter_mut().any(|one| one.send(random)) {}
        if exchanges.iter().all(Exchange::is_over) {
            break;
        }
        for _ in 0..exchanges.len() {
            world::answer_one(vm, corpus, random);
        }
        vm.advance(Duration::from_millis(if round < 60 { 25 } else { 1000 }));
    }
}

fn local_reply(stream: &Stream<'_>, random: &mut Random) {
    let status = *random.pick(&[400, 401, 403, 404, 429, 500, 503]);
    let body = if random.chance(500) { "text" } else { "" };
    stream.local_reply(status, body, "route_not_found");
}

/// As none does: no panic is all that can be asked for.
fn in_any_order(vm: &Vm, stream: &Stream<'_>, corpus: &Corpus, random: &mut Random) {
    for _ in 0..random.below(12) {
        let end = random.chance(500);
        match random.below(16) {
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
            12 => world::answer_one(vm, corpus, random),
            13 => world::answer_nobody(vm, random),
            _ => {
                stream.misplaced_response_headers(end);
            }
        }
    }
    if random.chance(20) {
        vm.configure(random.pick(&corpus.plugins).config.as_str());
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
