//! A limit's slots: a fixed number of cells, so that no number of keys makes them grow.
//!
//! The host's shared data has no expiry, no delete and no bound. A limit therefore has a fixed
//! number of sets, each one cell of shared data, and each set room for [`WAYS`] keys. A key's hash
//! names its set and its tag; no part of the key itself is kept.
//!
//! A set is a list of slots of 24 bytes, little endian: tag, and the algorithm's two words.

use crate::algorithm::{Life, Words};

/// Keys that one set holds at once.
pub const WAYS: usize = 16;
const SLOT: usize = 24;

/// Where a key is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The cell of shared data that holds its set.
    pub cell: [u8; 20],
    /// The key among those of the set. Two keys of one table have the same place with a chance of
    /// 2^-64 for each pair, and nobody can look for such a pair: the hash has a secret key.
    pub tag: u64,
}

/// The sets of one limit.
#[derive(Debug, Clone, Copy)]
pub struct Table {
    scope: [u8; 16],
    sets: u32,
}

impl Table {
    /// `scope` names the limit among all of the process; `slots` is rounded up to whole sets.
    pub fn new(scope: [u8; 16], slots: u32) -> Self {
        let ways = u32::try_from(WAYS).unwrap_or(u32::MAX);
        Self {
            scope,
            sets: slots.div_ceil(ways).max(1),
        }
    }

    /// The place of the key with that hash.
    pub fn place(&self, hash: u128) -> Place {
        let [high, tag] = [hash >> 64, hash & u128::from(u64::MAX)].map(|h| h as u64);
        let set = high.checked_rem(u64::from(self.sets)).unwrap_or(0) as u32;
        let mut cell = [0; 20];
        for (to, from) in cell
            .iter_mut()
            .zip(self.scope.into_iter().chain(set.to_le_bytes()))
        {
            *to = from;
        }
        Place { cell, tag }
    }
}

/// What a set holds for a key.
pub fn read(set: &[u8], tag: u64) -> Option<Words> {
    slots(set)
        .find(|slot| slot.tag == tag)
        .map(|slot| slot.words)
}

/// The set with `words` for the key; none where it is full of keys that live. Slots that are dead
/// go; those that are stale only where there is no room.
pub fn write(set: &[u8], tag: u64, words: Words, life: impl Fn(Words) -> Life) -> Option<Vec<u8>> {
    let others = || slots(set).filter(|slot| slot.tag != tag);
    let fits = |least: fn(Life) -> bool| {
        let kept = others().filter(|slot| least(life(slot.words)));
        kept.clone().count() < WAYS
    };
    let keep: fn(Life) -> bool = if fits(|life| life != Life::Dead) {
        |life| life != Life::Dead
    } else if fits(|life| life == Life::Live) {
        |life| life == Life::Live
    } else {
        return None;
    };
    let mut out = Vec::with_capacity(set.len().saturating_add(SLOT));
    put(&mut out, Slot { tag, words });
    for slot in others().filter(|slot| keep(life(slot.words))) {
        put(&mut out, slot);
    }
    Some(out)
}

#[derive(Clone, Copy)]
struct Slot {
    tag: u64,
    words: Words,
}

/// The whole slots of a set; what is cut off is none.
fn slots(set: &[u8]) -> impl Iterator<Item = Slot> + Clone {
    set.chunks_exact(SLOT).map(|slot| {
        let mut numbers = slot
            .chunks_exact(8)
            .map(|n| n.first_chunk().map_or(0, |n| u64::from_le_bytes(*n)));
        let mut next = || numbers.next().unwrap_or(0);
        Slot {
            tag: next(),
            words: [next(), next()],
        }
    })
}

fn put(out: &mut Vec<u8>, slot: Slot) {
    let [first, second] = slot.words;
    for number in [slot.tag, first, second] {
        out.extend_from_slice(&number.to_le_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by_first([first, _]: Words) -> Life {
        match first {
            0 => Life::Dead,
            1 => Life::Stale,
            _ => Life::Live,
        }
    }

    fn full(first: u64) -> Vec<u8> {
        (0..16).fold(vec![], |set, tag| {
            write(&set, tag, [first, tag], |_| Life::Live).unwrap()
        })
    }

    #[test]
    fn keeps_each_keys_words() {
        let set = full(2);
        assert_eq!(set.len(), WAYS * SLOT);
        assert_eq!(read(&set, 7), Some([2, 7]));
        assert_eq!(read(&set, 16), None);
        let set = write(&set, 7, [3, 9], by_first).unwrap();
        assert_eq!(
            (read(&set, 7), read(&set, 8), set.len()),
            (Some([3, 9]), Some([2, 8]), WAYS * SLOT)
        );
    }

    #[test]
    fn live_keys_never_give_way() {
        assert_eq!(write(&full(2), 16, [2, 0], by_first), None);
        let set = write(&full(1), 16, [2, 0], by_first).unwrap();
        assert_eq!((set.len(), read(&set, 0)), (SLOT, None));
        let set = write(&full(0), 16, [2, 0], by_first).unwrap();
        assert_eq!(set.len(), SLOT);
    }

    #[test]
    fn stale_keys_stay_while_there_is_room() {
        let set = write(&full(1)[SLOT..], 16, [2, 0], by_first).unwrap();
        assert_eq!(set.len(), WAYS * SLOT);
    }

    #[test]
    fn places_spread_over_all_sets_of_their_scope() {
        let table = Table::new([7; 16], 100);
        let mut seen = std::collections::BTreeSet::new();
        for i in 0..200_u128 {
            let place = table.place(i << 64 | 5);
            assert_eq!((&place.cell[..16], place.tag), (&[7; 16][..], 5));
            seen.insert(place.cell);
        }
        assert_eq!(seen.len(), 7);
    }
}
