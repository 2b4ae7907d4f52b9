//! Units that one worker has taken ahead, to be used without asking the others.
//!
//! A worker that takes `n` units at once for a key makes one crossing of `n`. They were taken, so no
//! window of a quota ever has more than its limit; what a worker has left when the window ends is
//! lost. Units of a rate are good for as long as they would take to come back. So whatever is used in
//! a stretch of time was taken in it or not longer before it than `n` units take to come back, and
//! any stretch has at most `n` more than without, whatever the number of workers.

use std::cell::RefCell;

use hachure_config::UnixTime;

use crate::algorithm::Standing;

/// Keys for which a worker has units at once; one that comes later takes the place of another.
const PLACES: usize = 1_024;

/// What one worker has taken ahead of one limit.
#[derive(Debug)]
pub(crate) struct Leases {
    /// How many units it takes at once; 1 for none ahead.
    units: u64,
    held: RefCell<Vec<Lease>>,
}

/// What is left for one key.
#[derive(Debug, Clone, Copy)]
struct Lease {
    tag: u64,
    left: u64,
    /// From when on, and until when they are good, in nanoseconds since the epoch.
    since: u64,
    until: u64,
    /// Where the key stood with all workers.
    standing: Standing,
}

const NONE: Lease = Lease {
    tag: 0,
    left: 0,
    since: 0,
    until: 0,
    standing: Standing {
        admitted: true,
        remaining: 0,
        reset: 0,
        retry: None,
    },
};

impl Leases {
    pub(crate) fn new(units: u64) -> Self {
        Self {
            units,
            held: RefCell::new(vec![]),
        }
    }

    /// How many units to take of all workers' for a request that wants `cost`.
    pub(crate) fn ahead(&self, cost: u64) -> u64 {
        self.units.max(cost)
    }

    /// Whether units are taken ahead.
    pub(crate) fn any(&self) -> bool {
        self.units > 1
    }

    /// Uses units that are here; none where there are not enough.
    pub(crate) fn take(&self, tag: u64, cost: u64, now: UnixTime) -> Option<Standing> {
        self.at(tag, |lease| {
            let good = lease.tag == tag && (lease.since..lease.until).contains(&now.0);
            let left = lease.left.checked_sub(cost).filter(|_| good)?;
            lease.left = left;
            let passed = now.0.saturating_sub(lease.since);
            Some(Standing {
                remaining: lease.standing.remaining.saturating_add(left),
                reset: lease.standing.reset.saturating_sub(passed),
                ..lease.standing
            })
        })
    }

    /// Keeps units that were taken ahead, good for `lasts` nanoseconds.
    pub(crate) fn keep(&self, tag: u64, left: u64, now: UnixTime, lasts: u64, standing: Standing) {
        self.at(tag, |lease| {
            *lease = Lease {
                tag,
                left,
                since: now.0,
                until: now.0.saturating_add(lasts),
                standing,
            };
            None
        });
    }

    /// Gives back units to those that are here, where there are some of that key.
    pub(crate) fn give_back(&self, tag: u64, cost: u64) {
        self.at(tag, |lease| {
            if lease.tag == tag {
                lease.left = lease.left.saturating_add(cost);
            }
            None
        });
    }

    fn at(&self, tag: u64, then: impl FnOnce(&mut Lease) -> Option<Standing>) -> Option<Standing> {
        // One callback at a time, and none within another.
        let mut held = self.held.try_borrow_mut().ok()?;
        if held.is_empty() {
            held.resize(PLACES, NONE);
        }
        let place = usize::try_from(tag).unwrap_or(0).checked_rem(PLACES)?;
        then(held.get_mut(place)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_ahead_are_used_once_and_in_time() {
        let leases = Leases::new(5);
        let at = UnixTime;
        let standing = Standing {
            remaining: 10,
            reset: 100,
            ..NONE.standing
        };
        assert!(leases.take(7, 1, at(1_000)).is_none());
        leases.keep(7, 4, at(1_000), 50, standing);
        let left = leases.take(7, 3, at(1_010)).unwrap();
        assert_eq!((left.remaining, left.reset), (11, 90));
        assert!(leases.take(7, 2, at(1_010)).is_none());
        leases.give_back(7, 1);
        assert!(leases.take(7, 2, at(1_049)).is_some());
        leases.keep(7, 4, at(1_000), 50, standing);
        // Too late, before the clock was set back, or another key's.
        assert!(leases.take(7, 1, at(1_050)).is_none());
        assert!(leases.take(7, 1, at(999)).is_none());
        assert!(leases.take(7 + PLACES as u64, 1, at(1_001)).is_none());
    }
}
