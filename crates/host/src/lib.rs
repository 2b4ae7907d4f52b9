//! Runs a policy inside Envoy: the only crate on proxy-wasm.
//!
//! `entry` receives Envoy's callbacks, and hands them to contexts in the shape of the SDK's traits. What
//! goes the other way passes through `abi`, because the SDK's helpers panic on bytes and statuses that
//! a host may send.

mod abi;
mod apply;
mod background;
mod body;
mod callouts;
mod calls;
mod entry;
mod full_source;
mod plugin;
mod root;
mod signature;
mod source;
mod stream;
mod streams;
mod waiting;

// What it allocates from, in a module.
use hachure_memory as _;

pub use callouts::{grpc_close, grpc_receive, http_call_response};
pub use entry::{
    configure, context_create, delete, request_body, request_headers, request_trailers,
    response_body, response_headers, response_trailers, tick, vm_start,
};
pub use proxy_wasm;
pub use root::start;
#[cfg(not(target_family = "wasm"))]
pub use streams::{forget_own, is_own};

/// How many calls this thread's VM has under way, and how many of its streams wait for what is
/// fetched elsewhere: for tests of what is left behind.
#[cfg(not(target_family = "wasm"))]
pub fn left_behind() -> (usize, usize) {
    (calls::under_way(), waiting::on_the_list())
}

/// Exports a policy as a module: the one line of `filters/*/module/src/lib.rs`.
#[macro_export]
macro_rules! export {
    ($policy:ty) => {
        mod module {
            $crate::proxy_wasm::main! {{ $crate::start::<$policy>(); }}
        }
    };
}
