//! The modules of the catalogue, put where Envoys read them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use hachure_registry::FILTERS;
use sha2::{Digest, Sha256};

use crate::attachment::hex;

/// The file of each filter's module, by the filter's catalogue name.
#[derive(Debug, Clone, Default)]
pub struct Modules(BTreeMap<&'static str, String>);

impl Modules {
    /// Copies `<name>.wasm` of every filter of the catalogue that is in `from` to the folder `to`,
    /// which Envoys share, under a name that tells one content from another.
    ///
    /// # Errors
    /// A file cannot be read or written.
    pub fn share(from: &Path, to: &Path) -> Result<Self> {
        fs::create_dir_all(to).with_context(|| to.display().to_string())?;
        let to = to.canonicalize()?;
        let mut modules = BTreeMap::new();
        for filter in FILTERS {
            let file = from.join(format!("{}.wasm", filter.name));
            if file.is_file() {
                let shared = share(&file, &to, filter.name)?;
                modules.insert(filter.name, shared.display().to_string());
            }
        }
        Ok(Self(modules))
    }

    /// Where Envoys find the module of a filter.
    pub fn file(&self, filter: &str) -> Option<&str> {
        self.0.get(filter).map(String::as_str)
    }
}

/// A file with its final name is complete.
fn share(file: &Path, folder: &Path, name: &str) -> Result<PathBuf> {
    let bytes = fs::read(file).with_context(|| file.display().to_string())?;
    let digest = hex(&Sha256::digest(&bytes));
    let shared = folder.join(format!("{name}-{digest}.wasm"));
    if !shared.is_file() {
        let unfinished = folder.join(format!(".{name}-{digest}.{}", std::process::id()));
        fs::write(&unfinished, bytes).with_context(|| unfinished.display().to_string())?;
        fs::rename(&unfinished, &shared)?;
    }
    Ok(shared)
}
