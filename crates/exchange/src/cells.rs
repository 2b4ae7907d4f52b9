//! Shared data where there is no host: in memory.

use std::collections::BTreeMap;

use crate::CREATE_ONLY;

/// Values by their keys, each with the number of its version, as Envoy keeps them: a write with a
/// number goes through if the value still has it, [`CREATE_ONLY`] where there is none.
#[derive(Debug, Clone, Default)]
pub struct Cells {
    cells: BTreeMap<Vec<u8>, (Vec<u8>, u32)>,
    last: u32,
}

impl Cells {
    /// The value and its version.
    pub fn get(&self, key: &[u8]) -> Option<(Vec<u8>, u32)> {
        self.cells.get(key).cloned()
    }

    /// Writes; false where the version is another one.
    pub fn set(&mut self, key: &[u8], value: &[u8], cas: u32) -> bool {
        match self.cells.get(key) {
            Some((_, version)) if *version != cas => return false,
            None if cas != CREATE_ONLY => return false,
            _ => {}
        }
        // Versions begin with 1 and end before the number that only creates.
        self.last = self
            .last
            .checked_rem(CREATE_ONLY.saturating_sub(1))
            .unwrap_or(0);
        self.last = self.last.saturating_add(1);
        self.cells.insert(key.to_vec(), (value.to_vec(), self.last));
        true
    }

    /// Puts a value there, whatever there was.
    pub fn preset(&mut self, key: &[u8], value: &[u8]) {
        self.cells.remove(key);
        self.set(key, value, CREATE_ONLY);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_needs_the_version_that_it_read() {
        let mut cells = Cells::default();
        assert!(!cells.set(b"k", b"0", 1));
        assert!(cells.set(b"k", b"1", CREATE_ONLY));
        assert!(!cells.set(b"k", b"2", CREATE_ONLY));
        let (value, cas) = cells.get(b"k").unwrap();
        assert_eq!(value, b"1");
        assert!(cells.set(b"k", b"2", cas));
        assert!(!cells.set(b"k", b"3", cas));
        assert_eq!(cells.get(b"k").unwrap().0, b"2");
    }
}
