//! Free memory, as runs in the order of their addresses: those that touch are one.

use std::ptr::null_mut;

/// Addresses and sizes of runs are multiples of this: the head of one fits everywhere.
pub(crate) const STEP: usize = 16;

/// The head of a free run, which lies in the run.
struct Run {
    /// Bytes, this head among them.
    size: usize,
    next: *mut Run,
}

pub(crate) struct Runs {
    first: *mut Run,
}

impl Runs {
    pub(crate) const fn new() -> Self {
        Self { first: null_mut() }
    }

    /// Cuts `size` bytes, a multiple of [`STEP`], from the first run that has them; null where none
    /// has.
    pub(crate) fn take(&mut self, size: usize) -> *mut u8 {
        let mut link = &raw mut self.first;
        // SAFETY: `link` is `first` or the `next` of a run; all of them are valid until taken.
        unsafe {
            loop {
                let run = *link;
                if run.is_null() {
                    return null_mut();
                }
                if let Some(rest) = (*run).size.checked_sub(size) {
                    let next = (*run).next;
                    *link = if rest == 0 {
                        next
                    } else {
                        let remains = run.wrapping_byte_add(size);
                        remains.write(Run { size: rest, next });
                        remains
                    };
                    return run.cast();
                }
                link = &raw mut (*run).next;
            }
        }
    }

    /// Adds a run that is in no other one.
    ///
    /// # Safety
    /// The memory is valid for writes, unused, and aligned as [`STEP`] says; so is its size.
    pub(crate) unsafe fn give(&mut self, start: *mut u8, mut size: usize) {
        let run = start.cast::<Run>();
        // SAFETY: runs in the list are valid, and the caller says that this one is.
        unsafe {
            let (mut before, mut after) = (null_mut(), self.first);
            while !after.is_null() && after < run {
                before = after;
                after = (*after).next;
            }
            if after == run.wrapping_byte_add(size) {
                size = size.wrapping_add((*after).size);
                after = (*after).next;
            }
            if before.is_null() {
                self.first = run;
            } else if before.wrapping_byte_add((*before).size) == run {
                (*before).size = (*before).size.wrapping_add(size);
                (*before).next = after;
                return;
            } else {
                (*before).next = run;
            }
            run.write(Run { size, next: after });
        }
    }
}
