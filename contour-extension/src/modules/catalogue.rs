//! The modules that the add-on carries.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use hachure_registry::{FILTERS, Filter as Registered};
use sha2::{Digest, Sha256};

use crate::attachment::hex;
use crate::modules::shelf::Shelf;
use crate::modules::{Module, Trouble};
use crate::policy::Catalog;

/// The module of each filter of the catalogue that is there, by the filter's name.
#[derive(Debug, Clone, Default)]
pub struct Catalogue(BTreeMap<&'static str, Arc<Module>>);

impl Catalogue {
    /// Reads `<name>.wasm` of every filter of the catalogue that is in a folder, and puts it where
    /// Envoys find it.
    ///
    /// # Errors
    /// A file cannot be read, is no module, or cannot be put there.
    pub fn read(folder: &Path, shelf: &Shelf) -> Result<Self> {
        let mut modules = BTreeMap::new();
        for filter in FILTERS {
            let file = folder.join(format!("{}.wasm", filter.name));
            if file.is_file() {
                let module = read(filter, &file, shelf);
                let module = module.with_context(|| file.display().to_string())?;
                modules.insert(filter.name, Arc::new(module));
            }
        }
        Ok(Self(modules))
    }

    /// The module that a policy names.
    ///
    /// # Errors
    /// It is not there: what is, is said.
    pub fn find(&self, wanted: &Catalog) -> Result<Arc<Module>, Trouble> {
        let name = wanted.name.as_str();
        let found = self.0.get(name).filter(|module| {
            let version = module.entry.as_ref().map(|entry| &entry.version);
            wanted.version.is_none() || wanted.version.as_ref() == version
        });
        let missing = || {
            let version = wanted.version.as_deref();
            let named = version.map_or(name.to_owned(), |version| format!("{name} {version}"));
            let there: Vec<_> = self.0.values().filter_map(|module| shown(module)).collect();
            let why = format!(
                "catalog: this add-on does not carry {named}; it carries: {}",
                there.join(", ")
            );
            Trouble::refused("NotInCatalogue", why)
        };
        found.cloned().ok_or_else(missing)
    }

    /// The filter whose module has that digest.
    pub(super) fn carried(&self, digest: &str) -> Option<&'static Registered> {
        let mut modules = self.0.iter();
        let found = modules.find(|(_, module)| module.digest == digest);
        found.and_then(|(name, _)| Registered::find(name))
    }
}

fn read(filter: &'static Registered, file: &Path, shelf: &Shelf) -> Result<Module> {
    let bytes = fs::read(file)?;
    let digest = hex(&Sha256::digest(&bytes));
    let code = shelf.put(filter.name, &digest, file)?;
    let module = Module::read(&bytes, digest, code, Some(filter))?;
    Ok(Module {
        entry: Some(filter.entry()?),
        ..module
    })
}

fn shown(module: &Module) -> Option<String> {
    let entry = module.entry.as_ref()?;
    Some(format!("{} {}", entry.name, entry.version))
}
