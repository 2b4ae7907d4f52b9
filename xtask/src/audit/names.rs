//! Names of functions as people write them: demangled, without hashes.

use std::collections::HashMap;

use anyhow::Result;
use wasmparser::{KnownCustom, Name, NameSectionReader, Parser, Payload};

/// The functions that the name section of `module` names, by index.
pub(crate) fn read(module: &[u8]) -> Result<HashMap<u32, String>> {
    let mut names = HashMap::new();
    for payload in Parser::new(0).parse_all(module) {
        let Payload::CustomSection(section) = payload? else {
            continue;
        };
        if let KnownCustom::Name(section) = section.as_known() {
            add(section, &mut names)?;
        }
    }
    Ok(names)
}

fn add(section: NameSectionReader<'_>, names: &mut HashMap<u32, String>) -> Result<()> {
    for subsection in section {
        if let Name::Function(functions) = subsection? {
            for naming in functions {
                let naming = naming?;
                names.insert(naming.index, demangled(naming.name));
            }
        }
    }
    Ok(())
}

fn demangled(name: &str) -> String {
    format!("{:#}", rustc_demangle::demangle(name))
}

#[cfg(test)]
mod tests {
    #[test]
    fn hashes_are_left_out() {
        let new = super::demangled("_RNvNtCsdHhIpgkcIfN_4core6result13unwrap_failed");
        assert_eq!(new, "core::result::unwrap_failed");
        let old = super::demangled("_ZN4core6result13unwrap_failed17h1955fbf80f23e09dE");
        assert_eq!(old, "core::result::unwrap_failed");
    }
}
