//! How units are counted: the pure arithmetic behind a limit.

mod bucket;
mod calendar;

pub use bucket::{Bucket, Level};
pub use calendar::{Calendar, Period, Used, Window};

use hachure_config::UnixTime;

/// Clocks of two workers, or of one worker before and after a slew, differ by less: a time that is
/// earlier by at most this is the same time, and one that is earlier by more is a clock set back.
pub const SKEW: u64 = 2_000_000_000;

/// What two words of a slot mean is known to the algorithm alone.
pub type Words = [u64; 2];

/// How much one key may have, under its plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// Units per period of a rate, or per window of a quota.
    pub limit: u64,
    /// Units that a rate may give at once; the limit itself for a quota.
    pub burst: u64,
}

/// Where a key stands after a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Whether the units were there; only then are they taken.
    pub admitted: bool,
    /// Units that are left now. Never negative: a settled cost may have overdrawn.
    pub remaining: u64,
    /// Nanoseconds until everything is there again.
    pub reset: u64,
    /// Where refused: nanoseconds until the same units would be there; none where they never are.
    pub retry: Option<u64>,
}

/// Whether a slot still says something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Life {
    /// Forgetting it would admit more than the limit.
    Live,
    /// It speaks of a time that the clock was set back from: it gives way where there is no room.
    Stale,
    /// Forgetting it changes nothing.
    Dead,
}

/// One of the two ways to count.
#[derive(Debug, Clone)]
pub enum Algorithm {
    /// A token bucket, by the generic cell rate algorithm.
    Rate {
        /// Nanoseconds in which `limit` units come back.
        period: u64,
    },
    /// A fixed calendar window.
    Quota(Calendar),
}

impl Algorithm {
    /// Takes `cost` units where they are there, and says where the key stands. The first are the
    /// words to keep; none where those that are there stay. A cost of nothing asks whether at least
    /// one unit is left.
    pub fn take(
        &self,
        words: Option<Words>,
        allowance: Allowance,
        cost: u64,
        now: UnixTime,
    ) -> (Option<Words>, Standing) {
        match self {
            Self::Rate { period } => {
                let bucket = Bucket::new(allowance, *period);
                let (level, standing) = bucket.take(words.map(Level::from), cost, now.0);
                (level.map(Words::from), standing)
            }
            Self::Quota(calendar) => {
                let (used, standing) =
                    calendar.take(words.map(Used::from), allowance.limit, cost, now);
                (used.map(Words::from), standing)
            }
        }
    }

    /// How long `units` that were taken ahead are good, in nanoseconds: those of a rate for as long
    /// as they take to come back, those of a quota for as long as their window lasts.
    pub fn lasts(&self, allowance: Allowance, units: u64, standing: Standing) -> u64 {
        match self {
            Self::Rate { period } => Bucket::new(allowance, *period).takes(units),
            Self::Quota(_) => standing.reset,
        }
    }

    /// Adds units that were used, whether they were there or not.
    pub fn settle(
        &self,
        words: Option<Words>,
        allowance: Allowance,
        cost: u64,
        now: UnixTime,
    ) -> Words {
        match self {
            Self::Rate { period } => Bucket::new(allowance, *period)
                .settle(words.map(Level::from), cost, now.0)
                .into(),
            Self::Quota(calendar) => calendar.settle(words.map(Used::from), cost, now).into(),
        }
    }

    /// Gives back units that were taken for a request which was then refused. `taken` is what
    /// the words were right after they were taken.
    pub fn give_back(&self, words: Words, taken: Words, allowance: Allowance, cost: u64) -> Words {
        match self {
            Self::Rate { period } => Bucket::new(allowance, *period)
                .give_back(words.into(), cost)
                .into(),
            Self::Quota(_) => Used::from(words).give_back(taken.into(), cost).into(),
        }
    }

    /// Whether the words still say something.
    pub fn life(&self, words: Words, now: UnixTime) -> Life {
        match self {
            Self::Rate { .. } => Level::from(words).life(now.0),
            Self::Quota(calendar) => calendar.life(words.into(), now),
        }
    }
}
