//! From `kubectl apply` to the first request that sees it.

use std::time::{Duration, Instant};

use crate::stage::Stage;

/// The aim is 2 s; the bound is for a machine that has much else to do.
const BOUND: Duration = Duration::from_secs(5);
const ROUNDS: usize = 9;

pub(crate) fn a_change_of_a_policy_is_seen_soon(stage: &mut Stage) {
    let host = "effect.example.com";
    let proxy = stage.proxy("effect");
    stage.cluster.apply(&proxy);
    stage.until(host, |answer| answer.status() == 200);
    let mut times: [Duration; ROUNDS] = std::array::from_fn(|round| {
        let value = format!("round {round}");
        let start = Instant::now();
        stage.cluster.apply(&stage.policy("effect", &value));
        stage.until(host, |answer| answer.text("x-policy") == value);
        start.elapsed()
    });
    times.sort();
    let (median, last) = (times[ROUNDS / 2], times[ROUNDS - 1]);
    eprintln!("from an object to its effect: median {median:?}, at most {last:?}");
    assert!(median < BOUND, "{times:?}");
    stage.cluster.delete(&stage.policy("effect", ""));
    stage.until(host, |answer| answer.text("x-policy").is_empty());
    stage.cluster.delete(&proxy);
}
