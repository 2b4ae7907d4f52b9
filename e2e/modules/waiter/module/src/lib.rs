//! The Wasm module of `waiter`.

hachure_host::export!(hachure_waiter_policy::Waiter);
