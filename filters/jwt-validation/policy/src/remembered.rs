//! Tokens that were checked already, in one worker.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fmt;
use std::hash::Hasher;
use std::rc::Rc;

use hachure_config::UnixTime;
use hachure_exchange::Reason;
use siphasher::sip128::{Hasher128, SipHasher13};

use crate::check::Validity;
use crate::identity::Told;

/// What a good token says.
pub(crate) type Good = Rc<Told>;

/// What an entry costs beside its token and what the token says, about.
const OVERHEAD: usize = 256;
/// Tokens whose signature was wrong a moment ago.
const MAX_BAD: usize = 1024;
/// How long they are remembered: long enough to make a flood cheap.
const BAD_MILLISECONDS: u64 = 1_000;

/// A token whose signature was right.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    /// Which of the group's providers issued it.
    pub(crate) provider: usize,
    /// The key set that it was checked with.
    pub(crate) generation: u64,
    pub(crate) validity: Validity,
    /// What it says, or why it is refused whenever it comes.
    pub(crate) outcome: Result<Good, &'static Reason>,
}

/// Remembered tokens, the oldest forgotten first.
pub(crate) struct Remembered {
    seed: [u8; 16],
    /// What each of the two maps of good tokens may take, in bytes.
    half: usize,
    maps: Cell<Maps>,
}

/// Two maps stand for the order: what is used moves to the young one, and when that is full, it
/// becomes the old one, and what was left in the old one is forgotten.
#[derive(Default)]
struct Maps {
    young: BTreeMap<u128, Kept>,
    young_bytes: usize,
    old: BTreeMap<u128, Kept>,
    /// Until when a signature is known to be wrong, in milliseconds.
    bad: BTreeMap<u128, u64>,
}

/// The hash finds an entry and the bytes decide: a token is what it is, not what it hashes to.
struct Kept {
    token: Box<[u8]>,
    entry: Entry,
}

/// Where a token stands: its hash in one group of providers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place(u128);

impl Remembered {
    pub(crate) fn new(seed: [u8; 16], max_bytes: u32) -> Self {
        Self {
            seed,
            half: usize::try_from(max_bytes / 2).unwrap_or(usize::MAX),
            maps: Cell::default(),
        }
    }

    /// Nobody who does not know the seed can make two tokens meet.
    pub(crate) fn place(&self, group: usize, token: &[u8]) -> Place {
        let mut hasher = SipHasher13::new_with_key(&self.seed);
        hasher.write_usize(group);
        hasher.write(token);
        Place(hasher.finish128().as_u128())
    }

    pub(crate) fn get(&self, place: Place, token: &[u8]) -> Option<Entry> {
        if self.half == 0 {
            return None;
        }
        self.with(|maps| {
            if let Some(kept) = maps.young.get(&place.0) {
                return kept.of(token);
            }
            let kept = maps.old.remove(&place.0)?;
            let entry = kept.of(token);
            maps.keep(place, kept, self.half);
            entry
        })
    }

    pub(crate) fn put(&self, place: Place, token: &[u8], entry: Entry) {
        if self.half == 0 {
            return;
        }
        let token = token.into();
        self.with(|maps| maps.keep(place, Kept { token, entry }, self.half));
    }

    /// Forgets a token whose keys are no longer those that it was checked with.
    pub(crate) fn forget(&self, place: Place) {
        self.with(|maps| maps.forget(place));
    }

    /// Whether the token's signature was wrong a moment ago.
    pub(crate) fn is_bad(&self, place: Place, now: UnixTime) -> bool {
        let until = self.with(|maps| maps.bad.get(&place.0).copied());
        let (until, now) = (until.unwrap_or(0), milliseconds(now));
        // A clock that was set back makes nothing last.
        now < until && until <= now.saturating_add(BAD_MILLISECONDS)
    }

    pub(crate) fn put_bad(&self, place: Place, now: UnixTime) {
        self.with(|maps| {
            if maps.bad.len() >= MAX_BAD {
                maps.bad.clear();
            }
            let until = milliseconds(now).saturating_add(BAD_MILLISECONDS);
            maps.bad.insert(place.0, until);
        });
    }

    /// Takes the maps out and puts them back: nothing in between comes here again.
    fn with<R>(&self, work: impl FnOnce(&mut Maps) -> R) -> R {
        let mut maps = self.maps.take();
        let result = work(&mut maps);
        self.maps.set(maps);
        result
    }
}

/// Never a token.
impl fmt::Debug for Remembered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Remembered").finish_non_exhaustive()
    }
}

impl Maps {
    fn keep(&mut self, place: Place, kept: Kept, half: usize) {
        self.forget(place);
        let size = kept.size();
        if size > half {
            return;
        }
        if self.young_bytes.saturating_add(size) > half {
            self.old = std::mem::take(&mut self.young);
            self.young_bytes = 0;
        }
        self.young.insert(place.0, kept);
        self.young_bytes = self.young_bytes.saturating_add(size);
    }

    fn forget(&mut self, place: Place) {
        self.old.remove(&place.0);
        if let Some(kept) = self.young.remove(&place.0) {
            self.young_bytes = self.young_bytes.saturating_sub(kept.size());
        }
    }
}

impl Kept {
    fn of(&self, token: &[u8]) -> Option<Entry> {
        is_same(&self.token, token).then(|| self.entry.clone())
    }

    fn size(&self) -> usize {
        let told = self.entry.outcome.as_ref().map_or(0, |told| told.size());
        let token = self.token.len();
        OVERHEAD.saturating_add(token).saturating_add(told)
    }
}

/// Compares by words: the C library of a module compares byte by byte.
fn is_same(one: &[u8], other: &[u8]) -> bool {
    let ((words, rest), (others, end)) = (one.as_chunks::<8>(), other.as_chunks::<8>());
    let mut pairs = words.iter().zip(others);
    one.len() == other.len()
        && pairs.all(|(a, b)| u64::from_ne_bytes(*a) == u64::from_ne_bytes(*b))
        && rest.iter().eq(end)
}

fn milliseconds(time: UnixTime) -> u64 {
    time.0 / 1_000_000
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reasons;

    fn entry(generation: u64) -> Entry {
        Entry {
            provider: 0,
            generation,
            validity: Validity::ALWAYS,
            outcome: Err(&reasons::CLAIM),
        }
    }

    #[test]
    fn memory_is_bounded_and_what_is_used_stays() {
        let cache = Remembered::new([7; 16], 64 * 1024);
        let put = |i: u32| {
            let token = i.to_be_bytes().repeat(64);
            cache.put(cache.place(0, &token), &token, entry(u64::from(i)));
            token
        };
        let used = put(0);
        let unused = put(1);
        for i in 2..100_000 {
            put(i);
            if i % 50 == 0 {
                let found = cache.get(cache.place(0, &used), &used);
                assert_eq!(found.map(|e| e.generation), Some(0), "{i}");
            }
            let held = cache.with(|maps| maps.young.len() + maps.old.len());
            assert!(held * (OVERHEAD + 256) <= 64 * 1024, "{held}");
        }
        assert!(cache.get(cache.place(0, &unused), &unused).is_none());
        cache.forget(cache.place(0, &used));
        assert!(cache.get(cache.place(0, &used), &used).is_none());
    }

    #[test]
    fn a_meeting_of_hashes_gives_nobody_the_other_s_entry() {
        let cache = Remembered::new([7; 16], 64 * 1024);
        let place = cache.place(0, b"one");
        cache.put(place, b"one", entry(1));
        assert!(cache.get(place, b"two").is_none());
        assert!(cache.get(place, b"one").is_some());
        assert_ne!(cache.place(0, b"one"), cache.place(1, b"one"));
        let other = Remembered::new([8; 16], 0);
        assert_ne!(other.place(0, b"one"), place);
        other.put(place, b"one", entry(1));
        assert!(other.get(place, b"one").is_none());
    }

    #[test]
    fn every_byte_counts() {
        for length in 0..40_usize {
            let token = vec![7; length];
            assert!(is_same(&token, &token.clone()));
            assert!(!is_same(&token, &vec![7; length + 1]));
            for at in 0..length {
                let mut other = token.clone();
                other[at] ^= 0x80;
                assert!(!is_same(&token, &other), "{at} of {length}");
            }
        }
    }

    #[test]
    fn bad_ones_are_remembered_for_a_second() {
        let cache = Remembered::new([7; 16], 0);
        let place = cache.place(0, b"bad");
        let at = UnixTime::from_seconds;
        assert!(!cache.is_bad(place, at(100)));
        cache.put_bad(place, at(100));
        assert!(cache.is_bad(place, at(100)));
        assert!(!cache.is_bad(place, at(101)));
        assert!(!cache.is_bad(place, at(50)));
        for i in 0..10_000_u32 {
            cache.put_bad(cache.place(0, &i.to_be_bytes()), at(100));
            assert!(cache.with(|maps| maps.bad.len()) <= MAX_BAD);
        }
    }
}
