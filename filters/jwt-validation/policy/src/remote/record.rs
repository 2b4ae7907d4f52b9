//! What workers share about the fetching of one key set.

/// How often and how long, in milliseconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    pub(crate) timeout: u64,
    pub(crate) refresh: u64,
    pub(crate) max_stale: u64,
    /// How soon an unknown key may be a reason to fetch again.
    pub(crate) refetch: u64,
    pub(crate) wait: u64,
}

impl Pace {
    /// How long a lease lasts: two calls, and time to notice that they are over. One who dies with
    /// it holds nobody up for longer.
    fn lease(self) -> u64 {
        self.timeout.saturating_mul(2).saturating_add(2_000)
    }

    /// How long to leave an issuer alone that has not answered: 1, 2, 4 seconds and so on, a
    /// minute at most.
    fn backoff(self, failures: u64) -> u64 {
        let doubled = u32::try_from(failures.saturating_sub(1).min(16)).unwrap_or(16);
        let backoff = 1_000_u64.saturating_mul(2_u64.saturating_pow(doubled));
        backoff.min(60_000).min(self.refresh.max(1_000))
    }
}

/// Times in milliseconds since 1970, and counts. Nothing has happened where all are 0.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Record {
    /// Which set of all that came this is.
    pub(crate) generation: u64,
    /// When the issuer last gave a set, the same or another.
    pub(crate) fetched: u64,
    /// When a fetch last began.
    pub(crate) tried: u64,
    /// Until when somebody is fetching.
    lease: u64,
    /// When to fetch again.
    next: u64,
    /// Fetches in a row that failed.
    failures: u64,
    /// When a token last asked for a key that is not there.
    pub(crate) wanted: u64,
    /// How many fetches have come to an end.
    pub(crate) finished: u64,
}

const FIELDS: usize = 8;

impl Record {
    /// Anything but a record is as good as none: the next fetch writes a new one.
    pub(crate) fn read(bytes: Option<&[u8]>) -> Self {
        let bytes = bytes.filter(|bytes| bytes.len() == FIELDS * 8);
        let mut words = bytes.unwrap_or_default().chunks_exact(8);
        let mut word = || {
            let eight = words.next().and_then(|word| word.try_into().ok());
            eight.map_or(0, u64::from_be_bytes)
        };
        Self {
            generation: word(),
            fetched: word(),
            tried: word(),
            lease: word(),
            next: word(),
            failures: word(),
            wanted: word(),
            finished: word(),
        }
    }

    pub(crate) fn written(self) -> Vec<u8> {
        let words: [u64; FIELDS] = [
            self.generation,
            self.fetched,
            self.tried,
            self.lease,
            self.next,
            self.failures,
            self.wanted,
            self.finished,
        ];
        let mut bytes = vec![];
        for word in words {
            bytes.extend_from_slice(&word.to_be_bytes());
        }
        bytes
    }

    /// Whether somebody is fetching. A lease from a time that a clock set back has not reached is
    /// none.
    pub(crate) fn is_leased(self, now: u64, pace: Pace) -> bool {
        now < self.lease && self.lease <= now.saturating_add(pace.lease())
    }

    /// Whether a token asked for a key after the last fetch began.
    pub(crate) fn is_asked_for(self) -> bool {
        self.wanted > self.tried
    }

    pub(crate) fn may_be_asked_for(self, now: u64, pace: Pace) -> bool {
        now < self.tried || now >= self.tried.saturating_add(pace.refetch)
    }

    /// Takes the lease, if it is time to fetch.
    pub(crate) fn leased(mut self, now: u64, pace: Pace) -> Option<Self> {
        // Since the last fetch began. Workers may read the clock a moment apart.
        let was_set_back = self.tried > now.saturating_add(1_000);
        let is_time = now >= self.next || was_set_back;
        let is_asked = self.is_asked_for() && self.may_be_asked_for(now, pace);
        if self.is_leased(now, pace) || !(is_time || is_asked) {
            return None;
        }
        self.tried = now;
        // Or after a clock was set back, it would be later than `tried` for long.
        self.wanted = 0;
        self.lease = now.saturating_add(pace.lease());
        Some(self)
    }

    /// A fetch has brought the set of that generation. `random` spreads the next one over a tenth
    /// of the period, so that not all who share an issuer ask at once.
    pub(crate) fn succeeded(self, generation: u64, now: u64, pace: Pace, random: u64) -> Self {
        let tenth = pace.refresh / 10;
        let early = random.checked_rem(tenth).unwrap_or(0);
        Self {
            generation,
            fetched: now,
            lease: 0,
            next: now.saturating_add(pace.refresh).saturating_sub(early),
            failures: 0,
            finished: self.finished.wrapping_add(1),
            ..self
        }
    }

    pub(crate) fn failed(self, now: u64, pace: Pace) -> Self {
        let failures = self.failures.saturating_add(1);
        Self {
            // A clock that was set back makes keys no younger than from now on.
            fetched: self.fetched.min(now),
            lease: 0,
            next: now.saturating_add(pace.backoff(failures)),
            failures,
            finished: self.finished.wrapping_add(1),
            ..self
        }
    }
}

/// A shared set: its generation, and its text.
pub(super) fn split(cell: &[u8]) -> Option<(u64, &[u8])> {
    let (generation, text) = cell.split_first_chunk()?;
    Some((u64::from_be_bytes(*generation), text))
}

pub(super) fn join(generation: u64, text: &[u8]) -> Vec<u8> {
    [generation.to_be_bytes().as_slice(), text].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACE: Pace = Pace {
        timeout: 5_000,
        refresh: 300_000,
        max_stale: 86_400_000,
        refetch: 30_000,
        wait: 2_000,
    };
    const T: u64 = 1_767_225_600_000;

    #[test]
    fn comes_back_as_it_was_written() {
        let record = Record::default().leased(T, PACE).unwrap();
        let record = record.succeeded(7, T + 5, PACE, 123_456);
        assert_eq!(Record::read(Some(&record.written())), record);
        for other in [None, Some(&b""[..]), Some(b"abc"), Some(&[1; 65])] {
            assert_eq!(Record::read(other), Record::default());
        }
    }

    #[test]
    fn one_fetch_a_period() {
        let first = Record::default().leased(T, PACE).unwrap();
        assert_eq!(first.leased(T + 1, PACE), None, "leased");
        let done = first.succeeded(1, T + 100, PACE, 0);
        assert_eq!(done.leased(T + 300_099, PACE), None);
        assert!(done.leased(T + 300_100, PACE).is_some());
        let early = first.succeeded(1, T, PACE, 29_999);
        assert!(early.leased(T + 270_001, PACE).is_some());
    }

    #[test]
    fn a_dead_holder_and_a_clock_set_back_stop_nothing() {
        let held = Record::default().leased(T, PACE).unwrap();
        assert!(held.leased(T + 12_000, PACE).is_some());
        assert!(held.leased(T - 3_600_000, PACE).is_some());
        let done = held.succeeded(1, T, PACE, 0);
        assert!(done.leased(T - 3_600_000, PACE).is_some());
        // While the issuer is away, keys get old from then on, and it is asked as soon as ever.
        let away = done.leased(T - 3_600_000, PACE).unwrap();
        let away = away.failed(T - 3_600_000, PACE);
        assert_eq!(away.fetched, T - 3_600_000);
        assert!(away.leased(T - 3_599_000, PACE).is_some());
        assert!(away.leased(T - 7_200_000, PACE).is_some());
        // Nor does a token that asked before make it fetch more often afterwards.
        let asked = Record {
            wanted: T + 1,
            ..done
        };
        let again = asked.leased(T - 3_600_000, PACE).unwrap();
        assert!(!again.is_asked_for());
    }

    #[test]
    fn failures_wait_longer_and_longer() {
        let mut record = Record::default().leased(T, PACE).unwrap();
        for wait in [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000] {
            record = record.failed(T, PACE);
            assert_eq!(record.leased(T + wait - 1, PACE), None, "{wait}");
            record = record.leased(T + wait, PACE).unwrap();
        }
        let done = record.succeeded(1, T, PACE, 0).failed(T, PACE);
        assert!(done.leased(T + 1_000, PACE).is_some());
    }

    #[test]
    fn unknown_keys_are_asked_for_once_in_a_while() {
        let done = Record::default().leased(T, PACE).unwrap();
        let done = done.succeeded(1, T, PACE, 0);
        assert!(!done.may_be_asked_for(T + 29_999, PACE));
        assert!(done.may_be_asked_for(T + 30_000, PACE));
        let asked = Record {
            wanted: T + 30_000,
            ..done
        };
        assert!(asked.leased(T + 29_999, PACE).is_none());
        let again = asked.leased(T + 30_001, PACE).unwrap();
        assert!(!again.is_asked_for());
    }
}
