//! Ticks and timeouts.

use std::time::Duration;

use hachure_exchange::UnixTime;
use hachure_host_double::Double;

use crate::{get, probe, seen, started};

fn millis(n: u64) -> Duration {
    Duration::from_millis(n)
}

#[test]
fn ticks_come_at_their_period_until_it_is_zero() {
    let (double, vm) = probe("configure: tick 25\nrequest_headers: tick 0");
    vm.advance(millis(24));
    assert!(seen(&double).is_empty());
    vm.advance(millis(1));
    assert_eq!(seen(&double), ["tick"]);
    vm.advance(millis(100));
    assert_eq!(seen(&double), ["tick"; 4]);
    vm.stream().request_headers(get(), true);
    seen(&double);
    vm.advance(millis(1000));
    assert!(seen(&double).is_empty());
}

#[test]
fn a_call_out_that_is_not_answered_times_out_in_order_with_the_ticks() {
    let double = Double::new()
        .cluster("slow")
        .now(UnixTime::from_seconds(1_000_000));
    let (double, vm) = started(
        double,
        "configure: tick 20\nrequest_headers: call slow 50; pause\ncall: get 6 :status; resume 0",
    );
    let stream = vm.stream();
    stream.request_headers(get(), true);
    assert!(stream.upstream().headers.is_none());
    seen(&double);
    vm.advance(millis(55));
    assert_eq!(
        seen(&double),
        [
            "tick",
            "tick",
            "call headers=3 body=24 trailers=0",
            "get 6 :status = `504`",
            "resume 0 = ok",
        ]
    );
    assert!(stream.upstream().ended);
    assert_eq!(vm.now(), 1_000_000_055_000_000);
    assert!(vm.http_calls().is_empty());
}

#[test]
fn workers_share_the_clock_and_each_has_its_ticks() {
    let double = Double::new().plugin_config("configure: tick 10");
    let vm = double.start(crate::probe::start).unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let other = double.start(crate::probe::start).unwrap();
            double.forget_logs();
            other.advance(millis(10));
            assert_eq!(seen(&double), ["tick"]);
        });
    });
    assert_eq!(vm.now(), 10_000_000);
    vm.settle();
    assert_eq!(seen(&double), ["tick"]);
}
