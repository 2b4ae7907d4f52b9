//! The Wasm module of `version-rewrite`.

hachure_host::export!(hachure_version_rewrite_policy::VersionRewrite);
