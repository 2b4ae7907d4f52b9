//! Runs a policy inside Envoy: the only crate on proxy-wasm.
//!
//! The SDK's dispatcher receives Envoy's callbacks. Everything that goes the other way passes
//! through `abi`, because the SDK's helpers panic on bytes and statuses that a host may send.

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
mod waiting;

// What it allocates from, in a module.
use hachure_memory as _;

pub use callouts::{grpc_close, grpc_receive, http_call_response};
pub use entry::{body_verdict, headers_verdict};
pub use proxy_wasm;
pub use root::start;

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
