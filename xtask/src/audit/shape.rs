//! The module that ships, from outside: what it imports and exports, how large it is, what it says
//! of itself, and whether it says where it was built.

use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::Result;
use hachure_module::Module;

use crate::modules::entry::Entry;
use crate::modules::kilobytes;
use crate::modules::sections::Sections;
use crate::repository::Repository;

const IMPORTS: &str = "crates/module/imports.txt";

/// A line for everything that is wrong with the shape of `module`.
pub(crate) fn findings(
    repository: &Repository,
    (entry, sections): (&Entry, &Sections),
    module: &[u8],
) -> Result<Vec<String>> {
    let shape = Module::read(module)?;
    let mut findings = Vec::new();
    for import in shape.forbidden() {
        findings.push(format!(
            "imports {import}: remove what needs it, or explain it in {IMPORTS}"
        ));
    }
    findings.extend(sections.findings(&shape));
    findings.extend(export_findings(entry, &shape)?);
    let size = kilobytes(u64::try_from(module.len().saturating_sub(sections.len()))?);
    if size > entry.budget {
        findings.push(format!(
            "has {size} KB, more than its sizeBudgetKB of {}: make it smaller",
            entry.budget
        ));
    }
    findings.extend(machine_paths(repository, module));
    Ok(findings)
}

fn export_findings(entry: &Entry, shape: &Module) -> Result<Vec<String>> {
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
