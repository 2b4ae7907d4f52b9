//! A table of what has a number, made for numbers that follow one another.

/// At least twice as many places as there are entries: a number's own place is the remainder of its
/// division by their count, and one that is taken leads to the next.
pub(super) struct Table<T> {
    places: Vec<Option<Entry<T>>>,
    entries: usize,
}

struct Entry<T> {
    number: u32,
    value: T,
}

/// The places of a table that has some.
const FEWEST: usize = 16;

impl<T> Table<T> {
    pub(super) const fn new() -> Self {
        Self {
            places: Vec::new(),
            entries: 0,
        }
    }

    pub(super) fn get(&mut self, number: u32) -> Option<&mut T> {
        let at = self.find(number)?;
        let entry = self.places.get_mut(at)?.as_mut();
        entry.map(|entry| &mut entry.value)
    }

    /// Puts a value there; the one that has had the number goes.
    pub(super) fn put(&mut self, number: u32, value: T) {
        drop(self.take(number));
        if self.entries.saturating_mul(2) >= self.places.len() {
            self.grow();
        }
        self.entries = self.entries.saturating_add(1);
        self.insert(Entry { number, value });
    }

    pub(super) fn take(&mut self, number: u32) -> Option<T> {
        let at = self.find(number)?;
        let taken = self.places.get_mut(at)?.take()?;
        self.entries = self.entries.saturating_sub(1);
        self.close_up(at);
        Some(taken.value)
    }

    fn find(&self, number: u32) -> Option<usize> {
        let mut at = self.own(number);
        loop {
            match self.places.get(at)? {
                Some(entry) if entry.number == number => return Some(at),
                Some(_) => at = self.after(at),
                None => return None,
            }
        }
    }

    fn insert(&mut self, entry: Entry<T>) {
        let mut at = self.own(entry.number);
        while let Some(Some(_)) = self.places.get(at) {
            at = self.after(at);
        }
        if let Some(place) = self.places.get_mut(at) {
            *place = Some(entry);
        }
    }

    /// Moves those behind an empty place that would no longer be found.
    fn close_up(&mut self, empty: usize) {
        let mut empty = empty;
        let mut at = self.after(empty);
        while let Some(Some(entry)) = self.places.get(at) {
            let own = self.own(entry.number);
            if self.distance(own, at) >= self.distance(empty, at) {
                let moved = self.places.get_mut(at).and_then(Option::take);
                if let Some(place) = self.places.get_mut(empty) {
                    *place = moved;
                }
                empty = at;
            }
            at = self.after(at);
        }
    }

    #[cold]
    #[inline(never)]
    fn grow(&mut self) {
        let places = self.places.len().saturating_mul(2).max(FEWEST);
        let mut new = Vec::with_capacity(places);
        new.resize_with(places, || None);
        let old = std::mem::replace(&mut self.places, new);
        for entry in old.into_iter().flatten() {
            self.insert(entry);
        }
    }

    /// The count of places is a power of two, or none.
    fn mask(&self) -> usize {
        self.places.len().wrapping_sub(1)
    }

    fn own(&self, number: u32) -> usize {
        number as usize & self.mask()
    }

    fn after(&self, at: usize) -> usize {
        at.wrapping_add(1) & self.mask()
    }

    fn distance(&self, from: usize, to: usize) -> usize {
        to.wrapping_sub(from) & self.mask()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn it_is_a_map() {
        let (mut table, mut map) = (Table::new(), BTreeMap::new());
        let mut random = 1_u32;
        for step in 0..200_000_u32 {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            // Few numbers, which meet, and some far apart.
            let number = (random >> 16) % 97 * (1 + (random >> 8) % 3 * 1024);
            if random >> 31 == 0 {
                table.put(number, step);
                map.insert(number, step);
            } else {
                assert_eq!(table.take(number), map.remove(&number), "{number}");
            }
            let other = (random >> 4) % 97;
            assert_eq!(table.get(other).copied(), map.get(&other).copied());
            assert_eq!(table.entries, map.len());
        }
        for number in map.keys() {
            assert!(table.take(*number).is_some());
        }
        assert_eq!(table.entries, 0);
    }

    #[test]
    fn an_empty_one_finds_nothing() {
        let mut table: Table<()> = Table::new();
        assert!(table.get(0).is_none() && table.take(u32::MAX).is_none());
    }
}
