//! The allocator of a module: a ninth of the code of the one that Rust's standard library takes from
//! C's, and as quick.
//!
//! A module has one thread, and most of what it asks for is small and lives as long as a callback or
//! a stream. Small blocks are kept by their size and found again in a few instructions ([`Heap`]).
//! Large ones are cut out of runs of free memory that grow together again when they are freed
//! (`runs`), so that the sizes of one hour do not hold the memory that those of the next need.

mod heap;
#[cfg(target_arch = "wasm32")]
mod module;
mod runs;

pub use heap::{Heap, Pages};
