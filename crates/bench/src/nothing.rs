//! A Wasm filter that does nothing: what Envoy itself spends on having one.

use anyhow::Result;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// Exports without which Envoy refuses a module, and the two callbacks of a stream in which most
/// filters have work.
const TEXT: &str = r#"
(module
  (memory (export "memory") 1)
  (func (export "proxy_abi_version_0_2_1"))
  (func (export "_initialize"))
  (func (export "proxy_on_memory_allocate") (param i32) (result i32) i32.const 1024)
  (func (export "proxy_on_vm_start") (param i32 i32) (result i32) i32.const 1)
  (func (export "proxy_on_configure") (param i32 i32) (result i32) i32.const 1)
  (func (export "proxy_on_context_create") (param i32 i32))
  (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32) i32.const 0)
  (func (export "proxy_on_response_headers") (param i32 i32 i32) (result i32) i32.const 0)
  (func (export "proxy_on_delete") (param i32)))
"#;

/// The config of `envoy.extensions.filters.http.wasm.v3.Wasm`.
pub(crate) fn config() -> Result<Value> {
    let module = STANDARD.encode(wat::parse_str(TEXT)?);
    Ok(json!({"config": {
        "name": "nothing",
        "vm_config": {
            "vm_id": "nothing",
            "runtime": "envoy.wasm.runtime.v8",
            "code": {"local": {"inline_bytes": module}},
        },
    }}))
}
