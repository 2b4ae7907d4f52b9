//! Where things are in this repository.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

const FILTERS: &str = "filters";
/// Modules that tests run and nobody ships: no part of the catalogue.
const FOR_TESTS: &str = "e2e/modules";

/// The working copy that the command was started in.
pub(crate) struct Repository {
    root: PathBuf,
}

impl Repository {
    /// Walks up from the current folder to the one that holds `xtask`.
    pub(crate) fn find() -> Result<Self> {
        let here = std::env::current_dir().context("the current folder")?;
        let root = here
            .ancestors()
            .find(|folder| folder.join("xtask/Cargo.toml").is_file());
        let Some(root) = root else {
            bail!(
                "{} is not inside the repository: change into it first",
                here.display()
            );
        };
        Ok(Self {
            root: root.to_path_buf(),
        })
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// `path`, which is relative to the root.
    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    /// Where finished modules are.
    pub(crate) fn modules(&self) -> PathBuf {
        self.path("target/modules")
    }

    /// The Wasm builds' own target folder: two compilers in one folder undo each other's work.
    pub(crate) fn wasm_target(&self) -> PathBuf {
        self.path("target/wasm")
    }

    /// The names of all filters that have a module, sorted.
    pub(crate) fn filters(&self) -> Result<Vec<String>> {
        self.modules_in(FILTERS)
    }

    /// All filters, and what is a module for tests alone.
    pub(crate) fn everything(&self) -> Result<Vec<String>> {
        Ok([self.filters()?, self.modules_in(FOR_TESTS)?].concat())
    }

    /// The folder of a filter, or of a module for tests, below the root.
    pub(crate) fn folder_of(&self, name: &str) -> String {
        let of_a_test = format!("{FOR_TESTS}/{name}");
        match self.path(&of_a_test).is_dir() {
            true => of_a_test,
            false => format!("{FILTERS}/{name}"),
        }
    }

    fn modules_in(&self, folder: &str) -> Result<Vec<String>> {
        let mut names = Vec::new();
        let entries = self.path(folder).read_dir();
        for entry in entries.with_context(|| format!("the folder `{folder}`"))? {
            let entry = entry?;
            if entry.path().join("module/Cargo.toml").is_file() {
                names.push(entry.file_name().to_string_lossy().into_owned());
            }
        }
        names.sort();
        Ok(names)
    }

    /// `names` checked to be filters or modules for tests, or all filters where none is named.
    pub(crate) fn chosen(&self, names: &[String]) -> Result<Vec<String>> {
        let all = self.filters()?;
        let known = self.everything()?;
        if let Some(unknown) = names.iter().find(|name| !known.contains(name)) {
            bail!(
                "there is no filter `{unknown}` with a module; there are: {}",
                all.join(", ")
            );
        }
        Ok(if names.is_empty() {
            all
        } else {
            names.to_vec()
        })
    }
}
