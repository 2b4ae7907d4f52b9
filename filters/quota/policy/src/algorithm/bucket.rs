//! A token bucket, by the generic cell rate algorithm (ITU-T I.371, «leaky bucket as a meter»).
//!
//! A key's debt is the time until its bucket is full again. Every unit adds an interval to it, and
//! it shrinks as time passes; units are there while the debt stays within `burst` intervals. So any
//! stretch of time `t` admits at most `burst + t / interval` units.

use super::{Allowance, Life, SKEW, Standing, Words};

/// A bucket's measures under one plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bucket {
    /// Nanoseconds in which one unit comes back, rounded up: never faster than the limit says.
    interval: u64,
    /// The greatest debt, in nanoseconds.
    capacity: u64,
}

/// A key's debt, and the time at which it was that.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Level {
    /// Nanoseconds until the bucket is full.
    pub debt: u64,
    /// Nanoseconds since the epoch.
    pub seen: u64,
}

impl From<Words> for Level {
    fn from([debt, seen]: Words) -> Self {
        Self { debt, seen }
    }
}

impl From<Level> for Words {
    fn from(level: Level) -> Self {
        [level.debt, level.seen]
    }
}

impl Level {
    /// The debt that is left at `now`. A clock set back stands still at first: no time has passed,
    /// and the next passes from there. One that is a little behind is another worker's.
    fn at(self, now: u64) -> Self {
        match now.checked_sub(self.seen) {
            Some(passed) => Self {
                debt: self.debt.saturating_sub(passed),
                seen: now,
            },
            None if self.is_ahead(now) => Self { seen: now, ..self },
            None => self,
        }
    }

    /// Whether the clock was set back since.
    fn is_ahead(self, now: u64) -> bool {
        self.seen.saturating_sub(now) > SKEW
    }

    /// Whether it differs from a full bucket.
    pub(super) fn life(self, now: u64) -> Life {
        if self.at(now).debt == 0 {
            Life::Dead
        } else if self.is_ahead(now) {
            Life::Stale
        } else {
            Life::Live
        }
    }
}

impl Bucket {
    /// `period` in nanoseconds, not zero; what it gives per period at least one.
    pub fn new(allowance: Allowance, period: u64) -> Self {
        let limit = allowance.limit.max(1);
        let interval = period.div_ceil(limit).max(1);
        Self {
            interval,
            capacity: interval.saturating_mul(allowance.burst),
        }
    }

    /// Nanoseconds in which an empty bucket fills.
    pub fn capacity(self) -> u64 {
        self.capacity
    }

    /// Seconds in which an empty bucket of those measures fills, rounded up: what makes intervals
    /// whole nanoseconds is not counted, so that 9 in `60s` are told as 60 seconds.
    pub fn window(self, allowance: Allowance, period: u64) -> u64 {
        let limit = allowance.limit.max(1);
        let rounded = self.interval.saturating_mul(limit).saturating_sub(period);
        let rounded = allowance.burst.saturating_mul(rounded);
        let rounded = rounded.checked_div(limit).unwrap_or(0);
        self.capacity
            .saturating_sub(rounded)
            .div_ceil(1_000_000_000)
    }

    /// Nanoseconds in which so many units come back.
    pub fn takes(self, units: u64) -> u64 {
        self.interval.saturating_mul(units)
    }

    /// See [`Algorithm::take`](super::Algorithm::take).
    pub fn take(self, level: Option<Level>, cost: u64, now: u64) -> (Option<Level>, Standing) {
        let set_back = level.is_some_and(|level| level.is_ahead(now));
        let level = self.known(level, now);
        let asked = self.interval.saturating_mul(cost.max(1));
        let debt = level.debt.saturating_add(asked);
        let admitted = debt <= self.capacity;
        let taken = admitted && cost > 0;
        let after = Level {
            debt: if taken { debt } else { level.debt },
            ..level
        };
        let retry =
            (!admitted && asked <= self.capacity).then(|| debt.saturating_sub(self.capacity));
        let standing = Standing {
            admitted,
            remaining: self
                .capacity
                .saturating_sub(after.debt)
                .checked_div(self.interval)
                .unwrap_or(0),
            reset: after.debt,
            retry,
        };
        ((taken || set_back).then_some(after), standing)
    }

    /// See [`Algorithm::settle`](super::Algorithm::settle).
    pub fn settle(self, level: Option<Level>, cost: u64, now: u64) -> Level {
        let level = self.known(level, now);
        Level {
            debt: level
                .debt
                .saturating_add(self.interval.saturating_mul(cost)),
            ..level
        }
    }

    /// As if the units had never been taken: a bucket that has filled meanwhile is full.
    pub fn give_back(self, level: Level, cost: u64) -> Level {
        Level {
            debt: level
                .debt
                .saturating_sub(self.interval.saturating_mul(cost)),
            ..level
        }
    }

    fn known(self, level: Option<Level>, now: u64) -> Level {
        level.map_or(Level { debt: 0, seen: now }, |level| level.at(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    fn bucket(limit: u64, burst: u64) -> Bucket {
        Bucket::new(Allowance { limit, burst }, SECOND)
    }

    #[test]
    fn gives_a_burst_and_then_the_rate() {
        let bucket = bucket(10, 3);
        let mut level = None;
        let mut ask = |at: u64| {
            let (next, standing) = bucket.take(level, 1, at);
            level = next.or(level);
            (standing.admitted, standing.remaining, standing.retry)
        };
        let now = 1_000 * SECOND;
        assert_eq!(ask(now), (true, 2, None));
        assert_eq!(ask(now), (true, 1, None));
        assert_eq!(ask(now), (true, 0, None));
        assert_eq!(ask(now), (false, 0, Some(SECOND / 10)));
        assert_eq!(ask(now + SECOND / 10 - 1), (false, 0, Some(1)));
        assert_eq!(ask(now + SECOND / 10), (true, 0, None));
        assert_eq!(ask(now + 2 * SECOND), (true, 2, None));
    }

    #[test]
    fn a_cost_above_the_burst_is_never_there() {
        let (level, standing) = bucket(10, 3).take(None, 4, SECOND);
        assert_eq!(
            (level, standing.admitted, standing.retry),
            (None, false, None)
        );
    }

    #[test]
    fn a_settled_cost_overdraws_and_is_paid_back() {
        let bucket = bucket(10, 3);
        let level = bucket.settle(None, 13, SECOND);
        let (_, standing) = bucket.take(Some(level), 0, SECOND);
        assert_eq!((standing.admitted, standing.remaining), (false, 0));
        // 13 units are 1.3 s of debt; a unit is there when the debt is 0.2 s.
        assert_eq!(standing.retry, Some(SECOND * 11 / 10));
        let (_, standing) = bucket.take(Some(level), 0, 2 * SECOND + SECOND / 10);
        assert!(standing.admitted);
    }

    #[test]
    fn a_clock_set_back_neither_gives_nor_blocks() {
        let bucket = bucket(10, 3);
        let (level, _) = bucket.take(None, 3, 1_000 * SECOND);
        let (level, standing) = bucket.take(level, 1, 10 * SECOND);
        assert!(!standing.admitted);
        let (_, standing) = bucket.take(level, 1, 10 * SECOND + SECOND / 10);
        assert!(standing.admitted);
    }

    #[test]
    fn workers_clocks_that_differ_a_little_give_nothing_twice() {
        let bucket = bucket(1_000, 1);
        let mut level = None;
        let mut admitted = 0;
        for i in 0..20_000 {
            let now = 1_000 * SECOND + i * 1_000 + if i % 2 == 0 { 0 } else { 900_000 };
            let (next, standing) = bucket.take(level, 1, now);
            level = next.or(level);
            admitted += u64::from(standing.admitted);
        }
        assert!(admitted <= 22, "{admitted} in 21 ms");
    }
}
