//! Every filter of the catalogue on one listener, in its order, each with a config that does
//! something to every message.

use hachure_envoy::{Listener, WasmFilter};
use serde_json::{Value, json};

use crate::setup::wasm;

/// The origin that may read answers.
pub const ORIGIN: &str = "https://app.example.com";

/// CORS for [`ORIGIN`], which refuses other preflights.
pub fn cors() -> WasmFilter {
    let config = json!({
        "origins": [ORIGIN],
        "methods": ["PUT"],
        "headers": ["Content-Type"],
        "onDisallowed": "deny",
    });
    wasm("cors", "cors", config)
}

/// Version 1 is the upstream's `/legacy`, version 2 its root.
pub fn versions() -> WasmFilter {
    let config = json!({
        "sources": [
            {"path": {"template": "/v{version}"}},
            {"header": {"name": "Accept-Version"}},
            {"query": {"name": "api-version"}},
        ],
        "versions": [
            {"name": "1", "upstream": {"path": {"prefix": "/legacy"}}},
            {"name": "2", "upstream": {"path": {"prefix": "/"}}},
        ],
        "default": "2",
        "reroute": true,
    });
    wasm("version-rewrite", "versions", config)
}

/// A header on each request and each response, and the id that Envoy gave the request.
pub fn headers() -> WasmFilter {
    wasm("header-mutation", "headers", rules())
}

fn rules() -> Value {
    json!({"rules": [
        {"phase": "request", "operation": {"set": {"name": "x-tenant", "value": "acme"}}},
        {"phase": "request", "operation": {"set": {"name": "x-id", "value": "${request.id}"}}},
        {"phase": "response", "operation": {"set": {"name": "x-served-by", "value": "gateway"}}},
        {"phase": "response", "operation": {"set": {"name": "x-id", "value": "${request.id}"}}},
    ]})
}

/// All of them on `listener`.
pub fn on(listener: Listener) -> Listener {
    listener.filter(cors()).filter(versions()).filter(headers())
}
