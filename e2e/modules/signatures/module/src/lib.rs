//! The Wasm module of `signatures`.

hachure_host::export!(hachure_signatures_policy::Signatures);
