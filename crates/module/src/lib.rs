//! What a module is made of, read from outside: its imports and exports, and what it says of itself.
//!
//! Every module that this repository builds carries the schema of its config and its catalogue
//! entry in custom sections, so that whoever has the file needs nothing else to check a config.

mod imports;

use std::collections::BTreeSet;

use wasmparser::{Encoding, Parser, Payload};

pub use imports::may_import;

/// The custom section with the JSON Schema of the config: JSON.
pub const SCHEMA: &str = "hachure.schema";
/// The custom section with the catalogue entry, what `filter.yaml` says: JSON.
pub const CATALOGUE: &str = "hachure.catalog";

/// A module as it is seen from outside.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Module {
    /// What it asks of its host: `<module>.<name>`.
    pub imports: BTreeSet<String>,
    /// What it has for its host.
    pub exports: BTreeSet<String>,
    /// Its own schema, where it carries one.
    pub schema: Option<String>,
    /// Its own catalogue entry, where it carries one.
    pub catalogue: Option<String>,
}

/// Why bytes are no module that can be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// They are not WebAssembly, or end too early.
    #[error("it is not a WebAssembly module: {0}")]
    Malformed(String),
    /// They are WebAssembly, but a component.
    #[error("it is a WebAssembly component: Envoy runs modules")]
    Component,
    /// A section that says something of the module is there twice, or is no text.
    #[error("its custom section `{0}` is there twice, or is no text")]
    Section(&'static str),
}

impl Module {
    /// Reads a module. Its code is not looked at.
    ///
    /// # Errors
    /// It is none, or it says two things of itself.
    pub fn read(bytes: &[u8]) -> Result<Self, Unreadable> {
        let mut module = Self::default();
        for payload in Parser::new(0).parse_all(bytes) {
            match payload.map_err(malformed)? {
                Payload::Version {
                    encoding: Encoding::Component,
                    ..
                } => return Err(Unreadable::Component),
                Payload::ImportSection(imports) => {
                    for import in imports.into_imports() {
                        let import = import.map_err(malformed)?;
                        let name = format!("{}.{}", import.module, import.name);
                        module.imports.insert(name);
                    }
                }
                Payload::ExportSection(exports) => {
                    for export in exports {
                        let export = export.map_err(malformed)?;
                        module.exports.insert(export.name.to_owned());
                    }
                }
                Payload::CustomSection(section) => {
                    let (place, name) = match section.name() {
                        SCHEMA => (&mut module.schema, SCHEMA),
                        CATALOGUE => (&mut module.catalogue, CATALOGUE),
                        _ => continue,
                    };
                    let text = std::str::from_utf8(section.data());
                    match (text, &place) {
                        (Ok(text), None) => *place = Some(text.to_owned()),
                        _ => return Err(Unreadable::Section(name)),
                    }
                }
                _ => {}
            }
        }
        Ok(module)
    }

    /// The imports that no module may have.
    pub fn forbidden(&self) -> impl Iterator<Item = &str> {
        let imports = self.imports.iter().map(String::as_str);
        imports.filter(|import| !may_import(import))
    }
}

fn malformed(why: wasmparser::BinaryReaderError) -> Unreadable {
    Unreadable::Malformed(why.message().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECTIONS: &str =
        r#"(@custom "hachure.schema" "{}") (@custom "hachure.catalog" "{\"name\": \"x\"}")"#;

    fn read(text: &str) -> Result<Module, Unreadable> {
        Module::read(&wat::parse_str(text).unwrap())
    }

    #[test]
    fn a_module_says_what_it_is() {
        let text = format!(
            r#"(module (import "env" "proxy_log" (func)) (import "env" "proxy_planted" (func))
                (func (export "proxy_on_configure")) {SECTIONS})"#
        );
        let module = read(&text).unwrap();
        assert_eq!(module.schema.as_deref(), Some("{}"));
        assert_eq!(module.catalogue.as_deref(), Some(r#"{"name": "x"}"#));
        assert!(module.exports.contains("proxy_on_configure"));
        let forbidden: Vec<_> = module.forbidden().collect();
        assert_eq!(forbidden, ["env.proxy_planted"]);
    }

    #[test]
    fn one_that_says_nothing_is_one_too() {
        assert_eq!(read("(module)"), Ok(Module::default()));
    }

    #[test]
    fn what_says_two_things_or_is_none_is_refused() {
        let twice = read(&format!("(module {SECTIONS} {SECTIONS})"));
        assert_eq!(twice, Err(Unreadable::Section(SCHEMA)));
        let no_text = read(r#"(module (@custom "hachure.catalog" "\ff"))"#);
        assert_eq!(no_text, Err(Unreadable::Section(CATALOGUE)));
        assert_eq!(read("(component)"), Err(Unreadable::Component));
        for bytes in [&b""[..], b"\0asm", b"<html>", b"\0asm\x01\0\0\0\x02"] {
            let read = Module::read(bytes);
            assert!(matches!(read, Err(Unreadable::Malformed(_))), "{bytes:?}");
        }
    }
}
