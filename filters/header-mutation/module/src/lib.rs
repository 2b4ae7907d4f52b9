//! The Wasm module of `header-mutation`.

hachure_host::export!(hachure_header_mutation_policy::HeaderMutation);
