//! The host's functions, as the SDK and `hachure-host` link to them.
//!
//! One file for each section of the ABI's specification. All of them are `unsafe` in the way of C:
//! every pointer is the module's promise.

mod buffers;
mod callouts;
mod flow;
mod foreign;
mod grpc;
mod headers;
mod log;
mod metrics;
mod properties;
mod shared;
mod time;

/// Keeps the functions in the program, whatever the order in which a linker reads its inputs: only
/// crates that come after this one refer to them.
pub(crate) fn linked() {
    std::hint::black_box([
        buffers::linked(),
        callouts::linked(),
        flow::linked(),
        foreign::linked(),
        grpc::linked(),
        headers::linked(),
        log::linked(),
        metrics::linked(),
        properties::linked(),
        shared::linked(),
        time::linked(),
    ]);
}
