//! A table never forgets what counts, and never grows.

use std::collections::{BTreeMap, HashMap};

use hachure_config::UnixTime;
use hachure_quota_policy::algorithm::{Algorithm, Allowance, Life};
use hachure_quota_policy::table::{self, Table, WAYS};
use proptest::prelude::*;

const SECOND: u64 = 1_000_000_000;
const BEGIN: u64 = 1_800_000_000 * SECOND;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    /// A set answers as an unbounded map does, for every key for which it has room.
    #[test]
    fn a_set_is_a_bounded_map(steps in prop::collection::vec((0..40_u64, 0..SECOND / 2), 1..300)) {
        let rate = Algorithm::Rate { period: SECOND };
        let two = Allowance { limit: 2, burst: 2 };
        let mut set: Vec<u8> = vec![];
        let mut known = BTreeMap::new();
        let mut now = BEGIN;
        for (tag, gap) in steps {
            now += gap;
            let life = |words| rate.life(words, UnixTime(now));
            let expected = rate.take(known.get(&tag).copied(), two, 1, UnixTime(now));
            let (kept, standing) = rate.take(table::read(&set, tag), two, 1, UnixTime(now));
            prop_assert_eq!(standing, expected.1);
            let Some(words) = kept else {
                continue;
            };
            match table::write(&set, tag, words, life) {
                Some(new) => {
                    set = new;
                    known.insert(tag, words);
                }
                // Only where it is full of others that live.
                None => {
                    let others = known.iter().filter(|(other, _)| **other != tag);
                    let live = others.filter(|(_, words)| life(**words) == Life::Live);
                    prop_assert!(live.count() >= WAYS);
                }
            }
            prop_assert!(set.len() <= WAYS * 24);
        }
    }

    /// Bytes that nobody wrote are no panic, and what is written then is read.
    #[test]
    fn any_bytes_are_a_set(set in prop::collection::vec(any::<u8>(), 0..600), tag in any::<u64>(), words in any::<[u64; 2]>()) {
        let _ = table::read(&set, tag);
        if let Some(new) = table::write(&set, tag, words, |_| Life::Dead) {
            prop_assert_eq!(table::read(&new, tag), Some(words));
        }
    }
}

/// Ten million keys, as one attacker sends them: the cells and their bytes stay within what the
/// number of slots says, and the keys that were there first lose nothing.
#[test]
fn ten_million_keys_do_not_grow_memory() {
    const SLOTS: u32 = 4_096;
    const KEYS: u64 = 10_000_000;
    let rate = Algorithm::Rate {
        period: 86_400 * SECOND,
    };
    let three = Allowance { limit: 3, burst: 3 };
    let table = Table::new([7; 16], SLOTS);
    let now = UnixTime(BEGIN);
    let life = |words| rate.life(words, now);
    let mut cells: HashMap<[u8; 20], Vec<u8>> = HashMap::new();
    // A hash that spreads as the real one does (the multiplier is Knuth's).
    let hash = |key: u64| u128::from(key).wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835);
    let mut full = 0_u64;
    let mut take = |key: u64| {
        let place = table.place(hash(key));
        let cell = cells.entry(place.cell).or_default();
        let (kept, standing) = rate.take(table::read(cell, place.tag), three, 1, now);
        match kept.map(|words| table::write(cell, place.tag, words, life)) {
            Some(Some(new)) => {
                *cell = new;
                Some(standing)
            }
            Some(None) => {
                full += 1;
                None
            }
            None => Some(standing),
        }
    };
    for key in 1..=1_000 {
        assert_eq!(take(key).map(|s| s.remaining), Some(2));
    }
    for key in 1_001..=KEYS {
        take(key);
    }
    for key in 1..=1_000 {
        assert_eq!(take(key).map(|s| s.remaining), Some(1), "{key}");
    }
    assert!(full > KEYS / 2);
    assert!(cells.len() <= SLOTS as usize / WAYS);
    let bytes: usize = cells.values().map(Vec::capacity).sum();
    assert!(bytes <= SLOTS as usize * 24 + cells.len() * 24, "{bytes}");
}
