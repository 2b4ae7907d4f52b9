//! What HTTP has beside plain exchanges, through every filter of the catalogue in real Envoy.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "this is a test"
)]

mod duplicates;
mod messages;
mod upgrades;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::sync::{Arc, Mutex};

use hachure_e2e::{Gateway, chain};
use hachure_envoy::Protocol::{self, Http1, Http2};
use hachure_envoy::Route;
use libtest_mimic::{Arguments, Failed, Trial};

type Test = (&'static str, fn(&Gateway));

macro_rules! tests {
    ($($module:ident :: $name:ident),* $(,)?) => {
        &[$((stringify!($name), $module::$name as fn(&Gateway))),*]
    };
}

/// How many workers Envoy has: each gateway is tried with both numbers.
const WORKERS: [u32; 2] = [1, 2];

/// The protocols of the client and of the upstream, and what is tried between them.
const GATEWAYS: [(Protocol, Protocol, &[&[Test]]); 3] = [
    (Http1, Http1, &[ANY, HTTP1]),
    (Http2, Http2, &[ANY, HTTP2]),
    (Http2, Http1, MIXED),
];

const ANY: &[Test] = tests![
    duplicates::two_origins_are_no_origin,
    duplicates::two_requested_methods_are_none_that_is_allowed,
    duplicates::every_line_of_requested_headers_counts,
    duplicates::two_versions_are_ambiguous,
    duplicates::a_header_that_is_set_has_one_value,
    messages::a_header_is_set_on_its_way,
    messages::trailers_pass_in_both_directions,
    messages::head_has_the_headers_and_no_body,
];

const HTTP1: &[Test] = tests![
    duplicates::two_hosts_are_neither,
    messages::a_refused_head_leaves_the_connection_in_order,
    messages::a_client_may_wait_for_100_continue,
    upgrades::a_websocket_over_http1,
    upgrades::a_refused_websocket_is_answered,
    upgrades::a_tunnel,
];

const HTTP2: &[Test] = tests![
    messages::grpc_passes_with_its_trailers,
    messages::grpc_is_refused_in_its_own_way,
];

const MIXED: &[&[Test]] = &[tests![
    upgrades::a_websocket_over_http2,
    upgrades::a_tunnel_over_http2
]];

fn main() -> ExitCode {
    let ways = GATEWAYS.into_iter();
    let ways = ways.flat_map(|(client, upstream, tests)| {
        WORKERS.map(|workers| (Way(client, upstream, workers), tests))
    });
    let trials = ways.flat_map(|(way, tests)| {
        let shared = Shared::default();
        let tests = tests.iter().copied().flatten();
        tests
            .map(|(name, test)| trial(name, *test, way, Arc::clone(&shared)))
            .collect::<Vec<_>>()
    });
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit_code()
}

/// The protocols of the client and of the upstream, and the number of workers.
#[derive(Clone, Copy)]
struct Way(Protocol, Protocol, u32);

/// An Envoy that the first test of it starts; it ends with the last.
type Shared = Arc<Mutex<Option<Gateway>>>;

fn trial(name: &str, test: fn(&Gateway), way: Way, shared: Shared) -> Trial {
    let Way(client, upstream, workers) = way;
    Trial::test(name.replace('_', " "), move || {
        let mut shared = shared.lock().unwrap();
        let run = AssertUnwindSafe(|| {
            let gateway = shared.get_or_insert_with(|| start(way));
            gateway.upstream.reset();
            test(gateway);
        });
        // The panic of one test must not poison the Envoy of the others.
        catch_unwind(run).map_err(|_| Failed::without_message())
    })
    .with_kind(format!("{client:?} to {upstream:?}, workers: {workers}"))
}

fn start(Way(client, upstream, workers): Way) -> Gateway {
    let listener = chain::on(Gateway::listener())
        .route(Route::connect().to("upstream"))
        .route(Route::prefix("/").to("upstream"));
    Gateway::between(client, upstream, workers, listener)
}
