//! The bytes that a VM holds of bodies.

use std::cell::Cell;

/// The most that a VM holds of all bodies together. A chunk may go beyond it, then no further body
/// is collected: 16 bodies of the largest default size, or many more of the usual.
const ROOM: usize = 16 * 1024 * 1024;

thread_local! {
    /// A VM is a thread's own: in Wasm there is one thread, in tests a VM stays on its own.
    static HELD: Cell<usize> = const { Cell::new(0) };
}

/// Bytes of one body, counted while they are held.
#[derive(Default)]
pub(super) struct Taken(Vec<u8>);

impl Taken {
    pub(super) fn add(&mut self, chunk: Vec<u8>) {
        HELD.set(HELD.get().saturating_add(chunk.len()));
        if self.0.is_empty() {
            // Most bodies come in one chunk.
            self.0 = chunk;
        } else {
            self.0.extend_from_slice(&chunk);
        }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Whether all bodies together are within the bound.
    pub(super) fn has_room() -> bool {
        HELD.get() <= ROOM
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        HELD.set(HELD.get().saturating_sub(self.0.len()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_let_go_makes_room() {
        let mut taken = Taken::default();
        taken.add(vec![1; ROOM]);
        assert!(Taken::has_room());
        let mut more = Taken::default();
        more.add(vec![1]);
        more.add(vec![2, 3]);
        assert_eq!(more.bytes(), [1, 2, 3]);
        assert!(!Taken::has_room());
        drop(taken);
        assert!(Taken::has_room());
        drop(more);
        assert_eq!(HELD.get(), 0);
    }
}
