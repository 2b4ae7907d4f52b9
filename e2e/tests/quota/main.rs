//! Quotas in real Envoy, over real connections: exact under overload and across workers, across a
//! window's edge, with more keys than slots, over an upgrade of the module, and with several Envoys
//! that share a rate limit service.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::disallowed_methods,
    reason = "this is a test"
)]

mod clock;
mod keys;
mod lease;
mod load;
mod overload;
mod service;
mod shared;
mod streamed;
mod upgrade;

use hachure_e2e::setup;
use hachure_envoy::{Listener, Route, WasmFilter};
use serde_json::Value;

/// The filter with that config, as one instance.
fn quota(config: Value) -> WasmFilter {
    setup::wasm("quota", "limits", config)
}

/// A listener that answers by itself what the filter lets pass.
fn listener(filter: WasmFilter) -> Listener {
    Listener::new("main")
        .filter(filter)
        .route(Route::prefix("/").direct(200, "hello"))
}
