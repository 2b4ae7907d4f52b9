//! Where Envoys find modules: in a folder that they share, or at the add-on's own port.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use anyhow::{Context, Result};

/// Where an Envoy finds a module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Code {
    /// In a file.
    File(String),
    /// It asks for it by its digest.
    Fetched,
}

/// What the path of a module begins and ends with.
const PATH: [&str; 2] = ["/modules/", ".wasm"];

/// Where an Envoy asks for a module.
pub fn url(digest: &str) -> String {
    let [begin, end] = PATH;
    format!("http://contour{begin}{digest}{end}")
}

/// What Envoys can have.
#[derive(Debug, Clone, Default)]
pub struct Shelf {
    /// The folder that they share; without one they ask.
    shared: Option<PathBuf>,
    files: Arc<RwLock<HashMap<String, PathBuf>>>,
}

impl Shelf {
    /// One whose modules Envoys read in a folder, which is made.
    ///
    /// # Errors
    /// The folder cannot be made.
    pub fn shared(folder: &Path) -> Result<Self> {
        fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
        Ok(Self {
            shared: Some(folder.canonicalize()?),
            ..Self::default()
        })
    }

    /// Puts a module there, which is in `file`.
    ///
    /// # Errors
    /// It cannot be read or written.
    pub fn put(&self, name: &str, digest: &str, file: &Path) -> Result<Code> {
        let Some(folder) = &self.shared else {
            let mut files = self.files.write().unwrap_or_else(PoisonError::into_inner);
            files.insert(digest.to_owned(), file.to_owned());
            return Ok(Code::Fetched);
        };
        let shared = folder.join(format!("{name}-{digest}.wasm"));
        if !shared.is_file() {
            let bytes = fs::read(file).with_context(|| file.display().to_string())?;
            write(&shared, &bytes)?;
        }
        Ok(Code::File(shared.display().to_string()))
    }

    /// The file of the module that a path stands for.
    pub fn file(&self, path: &str) -> Option<PathBuf> {
        let [begin, end] = PATH;
        let digest = path.strip_prefix(begin)?.strip_suffix(end)?;
        let files = self.files.read().unwrap_or_else(PoisonError::into_inner);
        files.get(digest).cloned()
    }
}

/// Writes a file that is there only when it is complete.
pub(super) fn write(file: &Path, bytes: &[u8]) -> Result<()> {
    let folder = file.parent().context("a folder")?;
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let unfinished = folder.join(format!(".{name}.{}", std::process::id()));
    fs::write(&unfinished, bytes).with_context(|| unfinished.display().to_string())?;
    fs::rename(&unfinished, file).with_context(|| file.display().to_string())
}
