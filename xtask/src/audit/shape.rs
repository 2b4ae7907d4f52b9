//! The module that ships, from outside: what it imports and exports, how large it is, and whether
//! it says where it was built.

use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::Result;
use wasmparser::{Parser, Payload};

use crate::audit::list::{self, Imports};
use crate::modules::entry::Entry;
use crate::modules::kilobytes;
use crate::repository::Repository;

/// A line for everything that is wrong with the shape of `module`.
pub(crate) fn findings(
    repository: &Repository,
    entry: &Entry,
    module: &[u8],
    allowed: &Imports,
) -> Result<Vec<String>> {
    let shape = Shape::read(module)?;
    let mut findings = Vec::new();
    for import in shape.imports.iter().filter(|import| !allowed.allow(import)) {
        findings.push(format!(
            "imports {import}: remove what needs it, or explain it in {}",
            list::IMPORTS
        ));
    }
    findings.extend(export_findings(entry, &shape)?);
    let size = kilobytes(u64::try_from(module.len())?);
    if size > entry.budget {
        findings.push(format!(
            "has {size} KB, more than its sizeBudgetKB of {}: make it smaller",
            entry.budget
        ));
    }
    findings.extend(machine_paths(repository, module));
    Ok(findings)
}

struct Shape {
    imports: BTreeSet<String>,
    exports: BTreeSet<String>,
}

impl Shape {
    fn read(module: &[u8]) -> Result<Self> {
        let mut shape = Self {
            imports: BTreeSet::new(),
            exports: BTreeSet::new(),
        };
        for payload in Parser::new(0).parse_all(module) {
            match payload? {
                Payload::ImportSection(imports) => {
                    for import in imports.into_imports() {
                        let import = import?;
                        shape
                            .imports
                            .insert(format!("{}.{}", import.module, import.name));
                    }
                }
                Payload::ExportSection(exports) => {
                    for export in exports {
                        shape.exports.insert(export?.name.to_owned());
                    }
                }
                _ => {}
            }
        }
        Ok(shape)
    }
}

fn export_findings(entry: &Entry, shape: &Shape) -> Result<Vec<String>> {
    let wanted: BTreeSet<String> = entry.exports()?.into_iter().map(str::to_owned).collect();
    let extra = shape.exports.difference(&wanted).map(|name| {
        format!("exports {name}, which its filter.yaml does not name: add its phase, or drop it")
    });
    let missing = wanted.difference(&shape.exports).map(|name| {
        format!(
            "does not export {name}: its crate has no `host::export!`, or another phase is meant"
        )
    });
    Ok(extra.chain(missing).collect())
}

/// Paths of the machine that built the module: two machines would not get the same bytes.
fn machine_paths(repository: &Repository, module: &[u8]) -> Vec<String> {
    let mut paths = vec![repository.root().to_path_buf()];
    for name in ["HOME", "CARGO_HOME", "RUSTUP_HOME"] {
        paths.extend(std::env::var_os(name).map(PathBuf::from));
    }
    let mut texts: BTreeSet<String> = paths
        .iter()
        .map(|path| format!("{}/", path.display()))
        .collect();
    texts.extend(["registry/src/".to_owned(), "/usr/src/".to_owned()]);
    let inside = |text: &String| {
        module
            .windows(text.len())
            .any(|part| part == text.as_bytes())
    };
    let found = texts.iter().filter(|text| inside(text));
    found
        .map(|text| format!("contains the path {text} of this machine: map it when compiling"))
        .collect()
}
