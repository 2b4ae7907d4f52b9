//! Fixed windows of the calendar: minutes to years, from midnight at an offset from UTC.
//!
//! A window is known by its beginning. A key's units are counted in the latest window that it has
//! seen, so that two workers on either side of an edge never count for two windows at once.

use hachure_config::UnixTime;

use super::{Life, SKEW, Standing, Words};

/// How long a window is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Period {
    /// 60 seconds.
    Minute,
    /// 60 minutes.
    Hour,
    /// From midnight to midnight.
    Day,
    /// From Monday, as ISO 8601 counts weeks.
    Week,
    /// From the first of a month.
    Month,
    /// From the first of January.
    Year,
}

/// Windows of one length at one offset from UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Calendar {
    /// How long they are.
    pub period: Period,
    /// Seconds to add to UTC for the time of the place.
    pub offset: i64,
}

/// One window, in seconds since the epoch: from `start`, before `end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Its first second.
    pub start: u64,
    /// The first second of the next one.
    pub end: u64,
}

/// A key's units in a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Used {
    /// The window's first second.
    pub start: u64,
    /// Units used in it.
    pub units: u64,
}

impl From<Words> for Used {
    fn from([start, units]: Words) -> Self {
        Self { start, units }
    }
}

impl From<Used> for Words {
    fn from(used: Used) -> Self {
        [used.start, used.units]
    }
}

impl Used {
    /// Units taken in an earlier window are not given back to this one.
    pub(super) fn give_back(self, taken: Used, cost: u64) -> Self {
        let cost = if self.start == taken.start { cost } else { 0 };
        Self {
            units: self.units.saturating_sub(cost),
            ..self
        }
    }
}

const NANOS: u64 = 1_000_000_000;
const MINUTE: u64 = 60;
const HOUR: u64 = 3_600;
const DAY: u64 = 86_400;
const WEEK: u64 = 7 * DAY;
/// 1970-01-05 was a Monday.
const FIRST_MONDAY: u64 = 4 * DAY;

impl Calendar {
    /// The window in which `now` lies.
    pub fn window(&self, now: UnixTime) -> Window {
        let local = now.seconds().saturating_add_signed(self.offset);
        let (start, end) = match self.period {
            Period::Minute => whole(local, MINUTE, 0),
            Period::Hour => whole(local, HOUR, 0),
            Period::Day => whole(local, DAY, 0),
            Period::Week => whole(local, WEEK, FIRST_MONDAY),
            Period::Month => seconds(UnixTime::from_seconds(local).month()),
            Period::Year => seconds(UnixTime::from_seconds(local).year()),
        };
        let utc = |local: u64| local.saturating_add_signed(self.offset.saturating_neg());
        Window {
            start: utc(start),
            end: utc(end),
        }
    }

    /// The longest that a window can be, in seconds.
    pub fn length(&self) -> u64 {
        match self.period {
            Period::Minute => MINUTE,
            Period::Hour => HOUR,
            Period::Day => DAY,
            Period::Week => WEEK,
            Period::Month => 31 * DAY,
            Period::Year => 366 * DAY,
        }
    }

    /// See [`Algorithm::take`](super::Algorithm::take).
    pub(super) fn take(
        &self,
        used: Option<Used>,
        limit: u64,
        cost: u64,
        now: UnixTime,
    ) -> (Option<Used>, Standing) {
        let set_back = used.is_some_and(|used| is_ahead(used.start, now));
        let (used, window) = self.at(used, now);
        let units = used.units.saturating_add(cost.max(1));
        let admitted = units <= limit;
        let taken = admitted && cost > 0;
        let after = Used {
            units: if taken { units } else { used.units },
            ..used
        };
        let reset = window.end.saturating_mul(NANOS).saturating_sub(now.0);
        let standing = Standing {
            admitted,
            remaining: limit.saturating_sub(after.units),
            reset,
            retry: (!admitted && cost <= limit).then_some(reset),
        };
        ((taken || set_back).then_some(after), standing)
    }

    /// See [`Algorithm::settle`](super::Algorithm::settle).
    pub(super) fn settle(&self, used: Option<Used>, cost: u64, now: UnixTime) -> Used {
        let (used, _) = self.at(used, now);
        Used {
            units: used.units.saturating_add(cost),
            ..used
        }
    }

    /// Whether it speaks of this window or of a later one.
    pub(super) fn life(&self, used: Used, now: UnixTime) -> Life {
        let current = self.window(now).start;
        if used.start < current || used.units == 0 {
            Life::Dead
        } else if is_ahead(used.start, now) {
            Life::Stale
        } else {
            Life::Live
        }
    }

    /// What counts at `now`, and the window in which it does. Units of a window that lies ahead
    /// because the clock was set back go on counting in this one.
    fn at(&self, used: Option<Used>, now: UnixTime) -> (Used, Window) {
        let window = self.window(now);
        let fresh = Used {
            start: window.start,
            units: 0,
        };
        match used {
            Some(used) if used.start == window.start => (used, window),
            Some(used) if is_ahead(used.start, now) => (
                Used {
                    start: window.start,
                    ..used
                },
                window,
            ),
            // The next one, which another worker's clock has reached.
            Some(used) if used.start > window.start => {
                (used, self.window(UnixTime::from_seconds(used.start)))
            }
            _ => (fresh, window),
        }
    }
}

/// Whether a window lies further ahead than workers' clocks differ.
fn is_ahead(start: u64, now: UnixTime) -> bool {
    start.saturating_mul(NANOS).saturating_sub(now.0) > SKEW
}

/// Windows of equal length, counted from `first`.
fn whole(local: u64, length: u64, first: u64) -> (u64, u64) {
    let passed = local
        .saturating_add(length)
        .saturating_sub(first)
        .checked_rem(length)
        .unwrap_or(0);
    let start = local.saturating_sub(passed);
    (start, start.saturating_add(length))
}

fn seconds((start, end): (UnixTime, UnixTime)) -> (u64, u64) {
    (start.seconds(), end.seconds())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> UnixTime {
        UnixTime::parse_rfc3339(text).unwrap()
    }

    #[test]
    fn windows_begin_where_the_calendar_says() {
        for (period, offset, now, start, end) in [
            (
                Period::Minute,
                0,
                "2026-01-31T12:34:56Z",
                "2026-01-31T12:34:00Z",
                "2026-01-31T12:35:00Z",
            ),
            (
                Period::Hour,
                0,
                "2026-01-31T12:34:56Z",
                "2026-01-31T12:00:00Z",
                "2026-01-31T13:00:00Z",
            ),
            (
                Period::Hour,
                19_800,
                "2026-01-31T12:34:56Z",
                "2026-01-31T12:30:00Z",
                "2026-01-31T13:30:00Z",
            ),
            (
                Period::Day,
                0,
                "2026-01-31T23:59:59Z",
                "2026-01-31T00:00:00Z",
                "2026-02-01T00:00:00Z",
            ),
            (
                Period::Day,
                3_600,
                "2026-01-31T23:59:59Z",
                "2026-01-31T23:00:00Z",
                "2026-02-01T23:00:00Z",
            ),
            (
                Period::Week,
                0,
                "2026-02-01T00:00:00Z",
                "2026-01-26T00:00:00Z",
                "2026-02-02T00:00:00Z",
            ),
            (
                Period::Week,
                0,
                "2026-02-02T00:00:00Z",
                "2026-02-02T00:00:00Z",
                "2026-02-09T00:00:00Z",
            ),
            (
                Period::Month,
                0,
                "2028-02-29T12:00:00Z",
                "2028-02-01T00:00:00Z",
                "2028-03-01T00:00:00Z",
            ),
            (
                Period::Month,
                -18_000,
                "2026-03-01T04:59:59Z",
                "2026-02-01T05:00:00Z",
                "2026-03-01T05:00:00Z",
            ),
            (
                Period::Year,
                0,
                "2028-12-31T23:59:59Z",
                "2028-01-01T00:00:00Z",
                "2029-01-01T00:00:00Z",
            ),
            (
                Period::Year,
                50_400,
                "2027-12-31T10:00:00Z",
                "2027-12-31T10:00:00Z",
                "2028-12-31T10:00:00Z",
            ),
        ] {
            let window = Calendar { period, offset }.window(at(now));
            let shown = |s| UnixTime::from_seconds(s).rfc3339();
            assert_eq!(
                (shown(window.start).as_str(), shown(window.end).as_str()),
                (start, end),
                "{period:?} {now}"
            );
        }
    }

    #[test]
    fn a_new_window_begins_with_nothing_used() {
        let calendar = Calendar {
            period: Period::Minute,
            offset: 0,
        };
        let (used, standing) = calendar.take(None, 2, 2, at("2026-01-31T00:00:59Z"));
        assert_eq!((standing.admitted, standing.remaining), (true, 0));
        let (none, standing) = calendar.take(used, 2, 1, at("2026-01-31T00:00:59Z"));
        assert_eq!(
            (none, standing.admitted, standing.retry),
            (None, false, Some(NANOS))
        );
        let (_, standing) = calendar.take(used, 2, 1, at("2026-01-31T00:01:00Z"));
        assert_eq!((standing.admitted, standing.remaining), (true, 1));
    }

    #[test]
    fn a_worker_behind_the_edge_counts_in_the_new_window() {
        let calendar = Calendar {
            period: Period::Minute,
            offset: 0,
        };
        let (used, _) = calendar.take(None, 2, 1, at("2026-01-31T00:01:00Z"));
        let (used, standing) = calendar.take(used, 2, 1, at("2026-01-31T00:00:59Z"));
        assert_eq!(
            (standing.remaining, used.unwrap().start),
            (0, at("2026-01-31T00:01:00Z").seconds())
        );
    }

    #[test]
    fn a_clock_set_back_keeps_what_was_used_and_runs_out() {
        let calendar = Calendar {
            period: Period::Hour,
            offset: 0,
        };
        let (used, _) = calendar.take(None, 2, 2, at("2027-01-31T00:00:00Z"));
        let (used, standing) = calendar.take(used, 2, 1, at("2026-01-31T00:00:00Z"));
        assert!(!standing.admitted);
        let (_, standing) = calendar.take(used, 2, 1, at("2026-01-31T01:00:00Z"));
        assert!(standing.admitted);
    }
}
