//! The cases in Node: the same files as natively, through the policies compiled to
//! `wasm32-unknown-unknown`. `cargo xtask node` runs them; natively there is nothing here.

#[cfg(all(test, target_family = "wasm"))]
include!(concat!(env!("OUT_DIR"), "/cases.rs"));

#[cfg(all(test, target_family = "wasm"))]
fn holds(filter: &str, text: &str) {
    use hachure_casefile::{Case, native};
    use hachure_registry::Filter;

    let filter = Filter::find(filter).expect("a folder under `filters` is in the registry");
    let case = Case::parse(text).unwrap_or_else(|error| panic!("{error}"));
    native::check(&case, filter.name, filter.compile).unwrap_or_else(|error| panic!("{error}"));
}
