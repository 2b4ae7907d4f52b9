//! The policies of all filters as one WebAssembly component. Its interface is in `wit`.
//!
//! It imports nothing: time, addresses and filter state come in as arguments, effects go out as
//! values, and whoever calls it is the host.

mod catalogue;
mod evaluation;
mod source;

/// Written by `cargo component` from `wit`.
#[rustfmt::skip]
#[allow(unsafe_op_in_unsafe_fn, unreachable_pub, missing_docs, reason = "generated")]
#[allow(clippy::all, clippy::restriction, reason = "generated")]
mod bindings;

struct Component;

bindings::export!(Component with_types_in bindings);
