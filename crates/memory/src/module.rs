//! The heap of a module, which Rust's standard library allocates from.

use std::alloc::{GlobalAlloc, Layout};
use std::arch::wasm32::memory_grow;
use std::cell::UnsafeCell;

use crate::{Heap, Pages};

const PAGE: usize = 64 * 1024;

struct Memory;

impl Pages for Memory {
    fn more(&mut self, bytes: usize) -> Option<(*mut u8, usize)> {
        let pages = bytes.div_ceil(PAGE);
        match memory_grow::<0>(pages) {
            usize::MAX => None,
            // What was there before was less than the whole address space, and so is the sum.
            first => {
                let start = first.wrapping_mul(PAGE);
                Some((
                    std::ptr::with_exposed_provenance_mut(start),
                    pages.wrapping_mul(PAGE),
                ))
            }
        }
    }
}

struct Allocator(UnsafeCell<Heap<Memory>>);

// SAFETY: a module has one thread.
unsafe impl Sync for Allocator {}

#[global_allocator]
static ALLOCATOR: Allocator = Allocator(UnsafeCell::new(Heap::new(Memory)));

// SAFETY: the heap gives blocks as their layouts ask, and none twice. It calls nothing that would
// allocate, so that it is borrowed once at a time.
unsafe impl GlobalAlloc for Allocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as above.
        unsafe { (*self.0.get()).alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: as above; the caller gives back what it was given.
        unsafe { (*self.0.get()).dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: as above.
        unsafe { (*self.0.get()).realloc(block, layout, size) }
    }
}
