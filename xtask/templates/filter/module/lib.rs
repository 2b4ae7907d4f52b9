//! The Wasm module of `{{name}}`.

hachure_host::export!(hachure_{{module}}_policy::{{type}});
