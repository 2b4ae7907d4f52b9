//! The Wasm module of `cors`.

hachure_host::export!(hachure_cors_policy::Cors);
