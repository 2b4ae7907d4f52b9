//! The Wasm module of `quota`.

hachure_host::export!(hachure_quota_policy::Quota);
