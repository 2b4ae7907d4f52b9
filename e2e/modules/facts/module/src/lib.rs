//! The Wasm module of `facts`.

hachure_host::export!(hachure_facts_policy::Facts);
