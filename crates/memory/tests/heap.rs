//! What an allocator promises, over random programs.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]
#![allow(clippy::arithmetic_side_effects)]

use std::alloc::{Layout, alloc_zeroed, dealloc};

use hachure_memory::{Heap, Pages};
use proptest::prelude::*;

const PAGE: usize = 64 * 1024;

/// A module's memory: it grows in pages, each after the one before, up to its end.
struct Memory {
    start: *mut u8,
    used: usize,
    size: usize,
}

impl Memory {
    fn layout(size: usize) -> Layout {
        Layout::from_size_align(size, PAGE).unwrap()
    }

    fn new(pages: usize) -> Self {
        let size = pages * PAGE;
        // SAFETY: the layout has a size.
        let start = unsafe { alloc_zeroed(Self::layout(size)) };
        Self {
            start,
            used: 0,
            size,
        }
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        // SAFETY: as it was allocated.
        unsafe { dealloc(self.start, Self::layout(self.size)) }
    }
}

impl Pages for &mut Memory {
    fn more(&mut self, bytes: usize) -> Option<(*mut u8, usize)> {
        let bytes = bytes.checked_next_multiple_of(PAGE)?;
        let more = self.start.wrapping_add(self.used);
        self.used = Some(self.used + bytes).filter(|used| *used <= self.size)?;
        Some((more, bytes))
    }
}

fn layout(size: usize, align: usize) -> Layout {
    Layout::from_size_align(size, align).unwrap()
}

/// A block, and the byte that all of it has.
struct Live {
    block: *mut u8,
    layout: Layout,
    byte: u8,
}

impl Live {
    fn fill(block: *mut u8, layout: Layout, byte: u8) -> Self {
        assert!(!block.is_null());
        assert_eq!(block.align_offset(layout.align()), 0, "{layout:?}");
        // SAFETY: the block is as long as its layout.
        unsafe { block.write_bytes(byte, layout.size()) };
        Self {
            block,
            layout,
            byte,
        }
    }

    /// Whether the first `size` bytes are as they were written.
    fn holds(&self, size: usize) -> bool {
        // SAFETY: the block is as long as its layout.
        let bytes = unsafe { std::slice::from_raw_parts(self.block, size) };
        bytes.iter().all(|byte| *byte == self.byte)
    }
}

#[derive(Debug, Clone)]
enum Step {
    Alloc(usize, usize),
    Free(usize),
    Resize(usize, usize),
}

fn size() -> impl Strategy<Value = usize> {
    prop_oneof![1..200_usize, 1..5000_usize, 4000..20_000_usize]
}

fn step() -> impl Strategy<Value = Step> {
    let align = (0..8_u32).prop_map(|power| 1 << power);
    prop_oneof![
        3 => (size(), align).prop_map(|(size, align)| Step::Alloc(size, align)),
        2 => any::<usize>().prop_map(Step::Free),
        1 => (any::<usize>(), size()).prop_map(|(which, size)| Step::Resize(which, size)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn blocks_are_aligned_apart_and_keep_their_bytes(
        steps in prop::collection::vec(step(), 1..200),
    ) {
        let mut memory = Memory::new(200);
        let mut heap = Heap::new(&mut memory);
        let mut live: Vec<Live> = vec![];
        for (byte, step) in (0..=u8::MAX).cycle().zip(steps) {
            match step {
                Step::Alloc(size, align) => {
                    let layout = layout(size, align);
                    live.push(Live::fill(heap.alloc(layout), layout, byte));
                }
                Step::Free(which) if !live.is_empty() => {
                    let gone = live.swap_remove(which % live.len());
                    prop_assert!(gone.holds(gone.layout.size()));
                    // SAFETY: it is live, and forgotten here.
                    unsafe { heap.dealloc(gone.block, gone.layout) };
                }
                Step::Resize(which, size) if !live.is_empty() => {
                    let mut old = live.swap_remove(which % live.len());
                    // SAFETY: it is live, and only the new block is kept.
                    old.block = unsafe { heap.realloc(old.block, old.layout, size) };
                    prop_assert!(old.holds(size.min(old.layout.size())));
                    let layout = layout(size, old.layout.align());
                    live.push(Live::fill(old.block, layout, byte));
                }
                _ => {}
            }
        }
        for left in &live {
            prop_assert!(left.holds(left.layout.size()));
        }
    }

    /// Bodies of one size leave their memory to bodies of any other.
    #[test]
    fn what_is_freed_grows_together_again(
        sizes in prop::collection::vec(4097..70_000_usize, 1..40),
        order in any::<usize>(),
    ) {
        let mut memory = Memory::new(50);
        let mut heap = Heap::new(&mut memory);
        let mut live: Vec<_> = sizes
            .iter()
            .map(|size| (heap.alloc(layout(*size, 1)), layout(*size, 1)))
            .collect();
        while !live.is_empty() {
            let (block, layout) = live.swap_remove(order % live.len());
            // SAFETY: it is live, and forgotten here.
            unsafe { heap.dealloc(block, layout) };
        }
        let total = sizes.iter().map(|size| size.next_multiple_of(16)).sum();
        prop_assert!(!heap.alloc(layout(total, 1)).is_null());
        // New pages do not count on what is free before them.
        prop_assert!(memory.used < total + 70_000 + PAGE);
    }
}

#[test]
fn small_blocks_are_used_again() {
    let mut memory = Memory::new(1);
    let mut heap = Heap::new(&mut memory);
    for size in (1..4096).chain(1..4096) {
        let block = heap.alloc(layout(size, 8));
        assert!(!block.is_null(), "{size}");
        // SAFETY: it is live, and forgotten here.
        unsafe { heap.dealloc(block, layout(size, 8)) };
    }
}

#[test]
fn memory_that_is_not_there_is_refused_and_the_rest_stays_usable() {
    let mut memory = Memory::new(2);
    let mut heap = Heap::new(&mut memory);
    let most = isize::MAX as usize;
    for too_large in [layout(3 * PAGE, 1), layout(most, 1), layout(most / 2, 4096)] {
        assert!(heap.alloc(too_large).is_null());
    }
    let block = Live::fill(heap.alloc(layout(2 * PAGE, 1)), layout(2 * PAGE, 1), 7);
    assert!(heap.alloc(layout(1, 1)).is_null());
    // SAFETY: it is live; a refused resize leaves it so.
    assert!(unsafe { heap.realloc(block.block, block.layout, 4 * PAGE) }.is_null());
    assert!(block.holds(2 * PAGE));
}
