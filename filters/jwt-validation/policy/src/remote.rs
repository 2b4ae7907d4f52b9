//! Keys that are fetched: ahead of need, once per process and period, and again when a token names
//! a key that is not there.
//!
//! Workers share two cells for each provider: who fetches when ([`Record`]), and the set itself.
//! Every tick each worker looks whether a newer set is there, and whether it is time to fetch; of
//! all that find it is, the one whose write comes first does.

mod fetch;
mod record;
mod url;

use std::cell::Cell;
use std::fmt;
use std::rc::Rc;

use hachure_config::UnixTime;
use hachure_exchange::{Background, Exchange};
use hachure_jose::{AllowList, KeySet};

pub(crate) use fetch::{Counters, Step};
pub(crate) use record::Pace;
use record::Record;
pub(crate) use url::Url;

/// Where the set is.
#[derive(Debug)]
pub(crate) enum Place {
    Set(Url),
    /// In the OpenID configuration there, if it is of this issuer.
    Discovery {
        url: Url,
        issuer: String,
    },
}

impl Place {
    /// What tells it from any other place.
    pub(crate) fn parts(&self) -> [&str; 4] {
        let (kind, url, issuer) = match self {
            Self::Set(url) => ("set", url, ""),
            Self::Discovery { url, issuer } => ("discovery", url, issuer.as_str()),
        };
        [kind, &url.authority, &url.target, issuer]
    }
}

/// A provider's fetched keys, in one worker.
#[derive(Debug)]
pub(crate) struct Remote {
    pub(crate) place: Place,
    /// The cluster.
    pub(crate) upstream: String,
    pub(crate) algorithms: AllowList,
    pub(crate) pace: Pace,
    pub(crate) cells: Cells,
    pub(crate) counters: Counters,
    pub(crate) local: Local,
}

/// The keys of the cells that workers share.
#[derive(Debug)]
pub(crate) struct Cells {
    record: [u8; 17],
    set: [u8; 17],
}

/// What this worker has read of them.
#[derive(Default)]
pub(crate) struct Local {
    keys: Cell<Option<Rc<KeySet>>>,
    record: Cell<Record>,
    /// The generation of `keys`.
    generation: Cell<u64>,
}

impl Local {
    fn keys(&self) -> Option<Rc<KeySet>> {
        let keys = self.keys.take();
        self.keys.set(keys.clone());
        keys
    }
}

impl fmt::Debug for Local {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Local");
        shown.field("record", &self.record.get());
        shown.finish_non_exhaustive()
    }
}

impl Cells {
    pub(crate) fn new(scope: [u8; 16]) -> Self {
        let cell = |letter| {
            let mut key = [letter; 17];
            for (to, from) in key.iter_mut().zip(scope) {
                *to = from;
            }
            key
        };
        Self {
            record: cell(b'r'),
            set: cell(b's'),
        }
    }
}

impl Remote {
    /// The keys, and their generation; none before there are any, or when they are too old.
    pub(crate) fn current(&self, now: UnixTime) -> Option<(Rc<KeySet>, u64)> {
        let generation = self.local.generation.get();
        let keys = self.local.keys()?;
        self.is_current(generation, now)
            .then_some((keys, generation))
    }

    /// Whether keys of that generation are the newest, and young enough.
    pub(crate) fn is_current(&self, generation: u64, now: UnixTime) -> bool {
        let fetched = self.local.record.get().fetched;
        self.local.generation.get() == generation
            && milliseconds(now).saturating_sub(fetched) <= self.pace.max_stale
    }

    /// Until when a request may wait for keys that are missing or too old; none where those that
    /// are too old are not being fetched again, as when the issuer has just not answered. They are
    /// right after the clock has jumped.
    pub(crate) fn patience(&self, now: UnixTime) -> Option<UnixTime> {
        let (record, at) = (self.local.record.get(), milliseconds(now));
        let comes = self.local.keys().is_none()
            || record.is_leased(at, self.pace)
            || record.leased(at, self.pace).is_some();
        comes.then(|| self.until(now))
    }

    /// A token names a key that is not there. Until when to wait for newer keys; none where they
    /// were fetched a moment ago, and the key is simply unknown.
    pub(crate) fn ask(&self, now: UnixTime, x: &mut Exchange<'_>) -> Option<UnixTime> {
        let record = x.shared(&self.cells.record);
        let record = Record::read(record.as_deref());
        let at = milliseconds(now);
        let comes = record.generation != self.local.generation.get()
            || record.is_leased(at, self.pace)
            || record.is_asked_for();
        if !comes {
            if !record.may_be_asked_for(at, self.pace) {
                return None;
            }
            let asked = x.update(&self.cells.record, |old| {
                let mut record = Record::read(old);
                record.wanted = at.max(record.tried.saturating_add(1));
                Some(record.written())
            });
            asked.ok()?;
        }
        Some(self.until(now))
    }

    fn until(&self, now: UnixTime) -> UnixTime {
        let wait = self.pace.wait.saturating_mul(NANOSECONDS);
        UnixTime(now.0.saturating_add(wait))
    }

    /// Takes over what workers share, and wakes those who wait for it.
    fn sync(&self, x: &mut Background<'_>) {
        let Ok(record) = x.shared(&self.cells.record) else {
            return;
        };
        let record = Record::read(record.as_deref());
        if record.generation != self.local.generation.get() {
            let set = x.shared(&self.cells.set).ok().flatten();
            if let Some((generation, text)) = set.as_deref().and_then(record::split) {
                // It was read once before it was shared.
                if let Ok((keys, _)) = KeySet::parse(text) {
                    self.local.keys.set(Some(Rc::new(keys)));
                    self.local.generation.set(generation);
                }
            }
        }
        let before = self.local.record.replace(record);
        if before.finished != record.finished || before.generation != record.generation {
            x.wake();
        }
    }
}

const NANOSECONDS: u64 = 1_000_000;

pub(crate) fn milliseconds(time: UnixTime) -> u64 {
    time.0 / NANOSECONDS
}

#[cfg(test)]
mod tests {
    use hachure_exchange::Metrics;

    use super::*;

    /// A set that was fetched at the hour 1, to be fetched again after five minutes.
    fn remote() -> Remote {
        let pace = Pace {
            timeout: 5_000,
            refresh: 300_000,
            max_stale: 600_000,
            refetch: 30_000,
            wait: 2_000,
        };
        let local = Local::default();
        let record = Record::default().leased(HOUR, pace).unwrap();
        local.record.set(record.succeeded(0, HOUR, pace, 0));
        let (keys, _) = KeySet::parse(br#"{"keys":[]}"#).unwrap();
        local.keys.set(Some(Rc::new(keys)));
        Remote {
            place: Place::Set(Url::parse("https://a.example/").unwrap()),
            upstream: String::new(),
            algorithms: AllowList::default(),
            pace,
            cells: Cells::new([0; 16]),
            counters: Counters::new("a", &mut Metrics::new("test")).unwrap(),
            local,
        }
    }

    const HOUR: u64 = 3_600_000;

    fn at(milliseconds: u64) -> UnixTime {
        UnixTime(milliseconds.saturating_mul(NANOSECONDS))
    }

    #[test]
    fn keys_that_are_too_old_are_waited_for_only_while_they_are_fetched() {
        let remote = remote();
        let later = HOUR + 600_001;
        assert!(remote.current(at(later - 1)).is_some());
        assert!(remote.current(at(later)).is_none());
        assert_eq!(remote.patience(at(later)), Some(at(later + 2_000)));
        let record = remote.local.record.get();
        let leased = record.leased(later, remote.pace).unwrap();
        remote.local.record.set(leased);
        assert!(remote.patience(at(later + 1)).is_some());
        remote
            .local
            .record
            .set(leased.failed(later + 1, remote.pace));
        assert_eq!(remote.patience(at(later + 2)), None);
        assert!(remote.patience(at(later + 1_001)).is_some());
    }

    /// They are as old as can be told, and are fetched anew at once.
    #[test]
    fn a_clock_that_is_set_back_leaves_the_keys_in_use() {
        let remote = remote();
        let before = at(HOUR - 1_800_000);
        assert!(remote.current(before).is_some());
        let record = remote.local.record.get();
        assert!(record.leased(milliseconds(before), remote.pace).is_some());
    }
}
