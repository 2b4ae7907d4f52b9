//! A window never has more than its limit.

use std::collections::BTreeMap;

use hachure_config::UnixTime;
use hachure_quota_policy::algorithm::{Algorithm, Allowance, Calendar, Period, Words};
use proptest::prelude::*;

const SECOND: u64 = 1_000_000_000;
const BEGIN: u64 = 1_800_000_000;

fn calendar() -> impl Strategy<Value = Calendar> {
    let period = prop::sample::select(vec![
        Period::Minute,
        Period::Hour,
        Period::Day,
        Period::Week,
        Period::Month,
        Period::Year,
    ]);
    (period, -720..=840_i64).prop_map(|(period, minutes)| Calendar {
        period,
        offset: minutes * 60,
    })
}

fn of(limit: u64) -> Allowance {
    Allowance {
        limit,
        burst: limit,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Every instant lies in exactly one window, and windows follow one another without a gap.
    #[test]
    fn windows_cover_all_time(calendar in calendar(), seconds in 0..8_000_000_000_u64) {
        let window = calendar.window(UnixTime::from_seconds(seconds + 400 * 86_400));
        let now = seconds + 400 * 86_400;
        prop_assert!(window.start <= now && now < window.end);
        prop_assert!(window.end - window.start <= calendar.length());
        let next = calendar.window(UnixTime::from_seconds(window.end));
        prop_assert_eq!(next.start, window.end);
        let last = calendar.window(UnixTime::from_seconds(window.end - 1));
        prop_assert_eq!(last, window);
    }

    /// No window has more, though workers' clocks differ by up to two seconds.
    #[test]
    fn no_window_has_more(
        calendar in calendar(),
        limit in 1..20_u64,
        requests in prop::collection::vec((0..200_u64, 0..2 * SECOND, 1..4_u64), 1..200),
    ) {
        let algorithm = Algorithm::Quota(calendar);
        let mut words: Option<Words> = None;
        let mut used: BTreeMap<u64, u64> = BTreeMap::new();
        let mut time = BEGIN * SECOND;
        for (gap, behind, cost) in requests {
            time += gap * SECOND;
            let (kept, standing) = algorithm.take(words, of(limit), cost, UnixTime(time - behind));
            words = kept.or(words);
            if standing.admitted {
                // It counts in the window that the slot speaks of.
                *used.entry(words.unwrap()[0]).or_default() += cost;
            }
            prop_assert!(standing.remaining <= limit);
        }
        for (start, units) in used {
            prop_assert!(units <= limit, "{units} in the window from {start}");
        }
    }

    /// A clock that jumps: each jump gives at most one window more.
    #[test]
    fn a_jump_of_the_clock_gives_at_most_a_window(
        calendar in calendar(),
        limit in 1..20_u64,
        jumps in prop::collection::vec((0..4 * BEGIN, 1..40_u64), 1..8),
    ) {
        let algorithm = Algorithm::Quota(calendar);
        let mut words: Option<Words> = None;
        let mut units = 0;
        for (place, count) in &jumps {
            for _ in 0..*count {
                let now = UnixTime::from_seconds(*place);
                let (kept, standing) = algorithm.take(words, of(limit), 1, now);
                words = kept.or(words);
                units += u64::from(standing.admitted);
            }
        }
        prop_assert!(units <= limit * jumps.len() as u64);
    }

    /// Whatever the clock did, the next window is a fresh one.
    #[test]
    fn a_jump_of_the_clock_blocks_nobody(calendar in calendar(), before in BEGIN..3 * BEGIN, after in BEGIN..3 * BEGIN) {
        let algorithm = Algorithm::Quota(calendar);
        let (words, _) = algorithm.take(None, of(3), 3, UnixTime::from_seconds(before));
        let (kept, standing) = algorithm.take(words, of(3), 1, UnixTime::from_seconds(after));
        if standing.admitted {
            return Ok(());
        }
        let words = kept.or(words);
        let wait = standing.retry.unwrap_or(0);
        let then = UnixTime(after * SECOND + wait);
        prop_assert!(algorithm.take(words, of(3), 1, then).1.admitted);
    }

    /// What is given back is as if it had never been taken; to another window nothing is.
    #[test]
    fn giving_back_undoes(calendar in calendar(), used in 0..9_u64, cost in 1..9_u64) {
        let algorithm = Algorithm::Quota(calendar);
        let now = UnixTime::from_seconds(BEGIN);
        let before = algorithm.settle(None, of(9), used, now);
        let (Some(taken), _) = algorithm.take(Some(before), of(9), cost, now) else {
            return Ok(());
        };
        prop_assert_eq!(algorithm.give_back(taken, taken, of(9), cost), before);
        let next = UnixTime::from_seconds(calendar.window(now).end);
        let (fresh, _) = algorithm.take(Some(taken), of(9), 1, next);
        let fresh = fresh.unwrap();
        prop_assert_eq!(algorithm.give_back(fresh, taken, of(9), cost), fresh);
    }
}
