//! Modules made of the built ones.

use std::fs;

use hachure_e2e::setup;
use sha2::{Digest, Sha256};
use wasmparser::{Parser, Payload};

/// The built module of a filter.
pub(crate) fn built(filter: &str) -> Vec<u8> {
    fs::read(setup::module(filter)).unwrap()
}

/// The digest as policies name it.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A module that says something else of itself: that text of its catalogue entry is another one. With
/// no text it says nothing.
pub(crate) fn saying(module: &[u8], other: Option<(&str, &str)>) -> Vec<u8> {
    let mut out = wasm_encoder::Module::new();
    for payload in Parser::new(0).parse_all(module) {
        let payload = payload.unwrap();
        let custom = match &payload {
            Payload::CustomSection(section) => Some((section.name(), section.data())),
            _ => None,
        };
        match (custom, other) {
            (Some(("hachure.schema" | "hachure.catalog", _)), None) => {}
            (Some(("hachure.catalog", data)), Some((from, to))) => {
                let text = std::str::from_utf8(data).unwrap();
                assert!(text.contains(from), "{text}");
                let text = text.replace(from, to);
                out.section(&wasm_encoder::CustomSection {
                    name: "hachure.catalog".into(),
                    data: text.as_bytes().into(),
                });
            }
            _ => {
                if let Some((id, range)) = payload.as_section() {
                    let range =
                        usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap();
                    let data = module.get(range).unwrap();
                    out.section(&wasm_encoder::RawSection { id, data });
                }
            }
        }
    }
    out.finish()
}
