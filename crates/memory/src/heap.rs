//! Blocks: small ones by size, large ones from runs.

use std::alloc::Layout;
use std::ptr::{copy_nonoverlapping, null_mut};

use crate::runs::{Runs, STEP};

/// Where more memory comes from.
pub trait Pages {
    /// `bytes` and perhaps more, zero or used before: where they begin, and how many. Both are
    /// multiples of 16.
    fn more(&mut self, bytes: usize) -> Option<(*mut u8, usize)>;
}

/// Blocks up to this are small.
const SMALL: usize = 4096;
/// What new small blocks are cut from: they stay together, and apart from large ones.
const SLAB: usize = 16 * 1024;
/// The first eight classes are the multiples of 16 up to 128; the others double, up to [`SMALL`].
const CLASSES: usize = 13;
const FINE: usize = 128;

/// The blocks of one thread.
pub struct Heap<P> {
    free: [*mut Block; CLASSES],
    slab: *mut u8,
    slab_left: usize,
    runs: Runs,
    pages: P,
}

/// A free small block.
struct Block {
    next: *mut Block,
}

/// What a layout is given.
#[derive(PartialEq, Eq)]
enum Fit {
    Small {
        class: usize,
        size: usize,
    },
    Large {
        size: usize,
    },
    /// Cut from a run that is longer by its alignment.
    Aligned {
        size: usize,
        align: usize,
    },
}

impl<P: Pages> Heap<P> {
    /// A heap without memory.
    pub const fn new(pages: P) -> Self {
        Self {
            free: [null_mut(); CLASSES],
            slab: null_mut(),
            slab_left: 0,
            runs: Runs::new(),
            pages,
        }
    }

    /// A block as `layout` asks for, or null where there is no more memory.
    pub fn alloc(&mut self, layout: Layout) -> *mut u8 {
        match Fit::of(layout) {
            Fit::Small { class, size } => match self.free.get_mut(class) {
                Some(free) if !free.is_null() => {
                    let block = *free;
                    // SAFETY: what is in the list is a free block.
                    *free = unsafe { (*block).next };
                    block.cast()
                }
                _ => self.cut(size),
            },
            Fit::Large { size } => self.run(size),
            Fit::Aligned { size, align } => self.aligned(size, align),
        }
    }

    /// Takes a block back.
    ///
    /// # Safety
    /// `block` was given for `layout`, and is not used again.
    pub unsafe fn dealloc(&mut self, block: *mut u8, layout: Layout) {
        match Fit::of(layout) {
            Fit::Small { class, .. } => {
                if let Some(free) = self.free.get_mut(class) {
                    let block = block.cast::<Block>();
                    // SAFETY: the block is as large as its class.
                    unsafe { block.write(Block { next: *free }) };
                    *free = block;
                }
            }
            // SAFETY: it was cut from a run with this size.
            Fit::Large { size } | Fit::Aligned { size, .. } => unsafe {
                self.runs.give(block, size)
            },
        }
    }

    /// Moves a block to one that is `size` bytes long, unless it is that already; null where there
    /// is no more memory.
    ///
    /// # Safety
    /// As for [`Heap::dealloc`]; `size` with the alignment of `layout` is a layout.
    pub unsafe fn realloc(&mut self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller says so.
        let wanted = unsafe { Layout::from_size_align_unchecked(size, layout.align()) };
        if Fit::of(layout) == Fit::of(wanted) {
            return block;
        }
        let moved = self.alloc(wanted);
        if !moved.is_null() {
            // SAFETY: the blocks are apart, and each as long as its layout.
            unsafe {
                copy_nonoverlapping(block, moved, layout.size().min(size));
                self.dealloc(block, layout);
            }
        }
        moved
    }

    /// A small block that was none yet.
    #[inline(never)]
    fn cut(&mut self, size: usize) -> *mut u8 {
        if self.slab_left < size {
            if self.slab_left > 0 {
                // SAFETY: what is left of a slab is used for nothing.
                unsafe { self.runs.give(self.slab, self.slab_left) };
            }
            self.slab = self.run(SLAB);
            self.slab_left = if self.slab.is_null() { 0 } else { SLAB };
        }
        let Some(left) = self.slab_left.checked_sub(size) else {
            return null_mut();
        };
        let block = self.slab;
        self.slab = block.wrapping_add(size);
        self.slab_left = left;
        block
    }

    #[inline(never)]
    fn run(&mut self, size: usize) -> *mut u8 {
        let run = self.runs.take(size);
        if !run.is_null() {
            return run;
        }
        let Some((start, more)) = self.pages.more(size) else {
            return null_mut();
        };
        // SAFETY: the pages are new.
        unsafe { self.runs.give(start, more) };
        self.runs.take(size)
    }

    fn aligned(&mut self, size: usize, align: usize) -> *mut u8 {
        let run = self.run(size.saturating_add(align));
        if run.is_null() {
            return null_mut();
        }
        // An alignment is a power of two.
        let before = run.addr().wrapping_neg() & align.wrapping_sub(1);
        let block = run.wrapping_add(before);
        // SAFETY: both ends belong to the run and to nothing else.
        unsafe {
            if before > 0 {
                self.runs.give(run, before);
            }
            let after = align.wrapping_sub(before);
            self.runs.give(block.wrapping_add(size), after);
        }
        block
    }
}

impl Fit {
    fn of(layout: Layout) -> Self {
        let (size, align) = (layout.size().max(1), layout.align());
        // A layout is shorter than half of the address space.
        let stepped = size.wrapping_add(STEP - 1) & !(STEP - 1);
        if align > STEP {
            Self::Aligned {
                size: stepped,
                align,
            }
        } else if size <= FINE {
            let class = size.wrapping_sub(1) / STEP;
            Self::Small {
                class,
                size: stepped,
            }
        } else if size <= SMALL {
            // 256 is 2 to the 8th, in the ninth class.
            let size = size.next_power_of_two();
            let class = size.trailing_zeros() as usize;
            Self::Small { class, size }
        } else {
            Self::Large { size: stepped }
        }
    }
}
