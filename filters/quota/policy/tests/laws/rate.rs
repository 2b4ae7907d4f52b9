//! A rate never gives more than its burst and what came back since.

use hachure_config::UnixTime;
use hachure_quota_policy::algorithm::{Algorithm, Allowance, Words};
use proptest::prelude::*;

const SECOND: u64 = 1_000_000_000;
const BEGIN: u64 = 1_800_000_000 * SECOND;

/// One request: how long after the one before it, by how much its worker's clock is behind, and
/// its cost.
type Request = (u64, u64, u64);

fn requests() -> impl Strategy<Value = Vec<Request>> {
    let gap = prop_oneof![
        4 => Just(0_u64),
        4 => 0..SECOND / 10,
        2 => 0..10 * SECOND,
        1 => 0..10_000 * SECOND,
    ];
    let behind = prop_oneof![3 => Just(0_u64), 1 => 0..2 * SECOND];
    prop::collection::vec((gap, behind, 1..5_u64), 1..80)
}

fn allowance() -> impl Strategy<Value = (Allowance, u64)> {
    let period = prop::sample::select(vec![
        1,
        SECOND / 1_000,
        SECOND,
        60 * SECOND,
        86_400 * SECOND,
    ]);
    (1..1_000_u64, 1..50_u64, period)
        .prop_map(|(limit, burst, period)| (Allowance { limit, burst }, period))
}

/// The admitted units of each request, with the true time.
fn run(allowance: Allowance, period: u64, requests: &[Request]) -> Vec<(u64, u64)> {
    let rate = Algorithm::Rate { period };
    let mut words: Option<Words> = None;
    let mut time = BEGIN;
    let mut admitted = vec![];
    for &(gap, behind, cost) in requests {
        time += gap;
        let (kept, standing) = rate.take(words, allowance, cost, UnixTime(time - behind));
        words = kept.or(words);
        if standing.admitted {
            admitted.push((time, cost));
        }
    }
    admitted
}

/// What any stretch that ends with `last` and begins with `first` may have: the burst, and what
/// came back in it.
fn most(allowance: Allowance, period: u64, first: u64, last: u64) -> u128 {
    let passed = u128::from(last - first) * u128::from(allowance.limit);
    u128::from(allowance.burst) + passed / u128::from(period)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// In no stretch of time, whatever worker's clock is a little behind. A clock that lags and
    /// then shows the true time gives back what it lagged by, once: so 2 s are allowed for.
    #[test]
    fn no_stretch_has_more((allowance, period) in allowance(), requests in requests()) {
        let lag = requests.iter().map(|r| r.1).max().unwrap_or(0);
        let admitted = run(allowance, period, &requests);
        for (i, (first, _)) in admitted.iter().enumerate() {
            let mut units = 0_u128;
            for (last, cost) in &admitted[i..] {
                units += u128::from(*cost);
                prop_assert!(units <= most(allowance, period, *first, *last + lag));
            }
        }
    }

    /// A clock that jumps by any distance in either direction: each jump gives at most one burst.
    #[test]
    fn a_jump_of_the_clock_gives_at_most_a_burst(
        (allowance, period) in allowance(),
        jumps in prop::collection::vec((0..2 * BEGIN, prop::collection::vec(0..SECOND, 1..40)), 1..6),
    ) {
        let rate = Algorithm::Rate { period };
        let mut words: Option<Words> = None;
        let (mut units, mut passed) = (0_u128, 0_u64);
        for (place, gaps) in &jumps {
            let mut now = *place;
            for gap in gaps {
                now += gap;
                passed += gap;
                let (kept, standing) = rate.take(words, allowance, 1, UnixTime(now));
                words = kept.or(words);
                units += u128::from(standing.admitted);
            }
        }
        let each = jumps.len() as u128 * u128::from(allowance.burst);
        let back = u128::from(passed) * u128::from(allowance.limit) / u128::from(period);
        prop_assert!(units <= each + back, "{units} > {each} + {back}");
    }

    /// Nobody waits longer than the bucket takes to fill, wherever the clock jumped.
    #[test]
    fn a_jump_of_the_clock_blocks_nobody(
        (allowance, period) in allowance(),
        before in BEGIN..2 * BEGIN,
        after in 1..2 * BEGIN,
    ) {
        let rate = Algorithm::Rate { period };
        let (words, _) = rate.take(None, allowance, allowance.burst, UnixTime(before));
        let (kept, standing) = rate.take(words, allowance, 1, UnixTime(after));
        if standing.admitted {
            return Ok(());
        }
        let words = kept.or(words);
        let behind = before.saturating_sub(after);
        let wait = standing.retry.unwrap_or(0) + if behind <= 2 * SECOND { behind } else { 0 };
        let (_, standing) = rate.take(words, allowance, 1, UnixTime(after + wait));
        prop_assert!(standing.admitted);
    }

    /// `Retry-After` is right: then the units are there, and a nanosecond before they are not.
    #[test]
    fn retry_is_exact((allowance, period) in allowance(), requests in requests(), cost in 1..50_u64) {
        let rate = Algorithm::Rate { period };
        let mut words: Option<Words> = None;
        let mut now = BEGIN;
        for (gap, _, cost) in requests {
            now += gap;
            words = rate.take(words, allowance, cost, UnixTime(now)).0.or(words);
        }
        let (_, standing) = rate.take(words, allowance, cost, UnixTime(now));
        match standing.retry {
            Some(retry) => {
                let at = |time| rate.take(words, allowance, cost, UnixTime(time)).1.admitted;
                prop_assert!(at(now + retry) && !at(now + retry - 1));
            }
            None => prop_assert!(standing.admitted || cost > allowance.burst),
        }
    }

    /// What is given back is as if it had never been taken.
    #[test]
    fn giving_back_undoes((allowance, period) in allowance(), used in 0..50_u64, cost in 1..50_u64, later in 0..SECOND) {
        let rate = Algorithm::Rate { period };
        let now = UnixTime(BEGIN);
        let before = (used > 0).then(|| rate.settle(None, allowance, used, now));
        let (Some(taken), _) = rate.take(before, allowance, cost, now) else {
            return Ok(());
        };
        let given = rate.give_back(taken, taken, allowance, cost);
        let then = UnixTime(BEGIN + later);
        let with = rate.take(Some(given), allowance, 1, then).1;
        let without = rate.take(before, allowance, 1, then).1;
        prop_assert_eq!(with, without);
    }
}
