//! The Wasm module of `observer`.

hachure_host::export!(hachure_observer_policy::Observer);
