//! Modules that were fetched, on disk: each under its digest, and for each source which one it is. A
//! file is complete or absent, and is read against its digest, so that a restart finds what was there
//! or nothing.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::attachment::hex;
use crate::modules::Source;
use crate::modules::shelf::write;

/// How long what nobody has asked for is kept.
const KEPT: Duration = Duration::from_secs(7 * 24 * 3600);

/// A folder of modules.
#[derive(Debug, Clone)]
pub struct Store {
    sources: PathBuf,
    modules: PathBuf,
}

/// What a source gave.
#[derive(Debug, Deserialize, Serialize)]
struct Known {
    module: String,
}

impl Store {
    /// The store in a folder, which is made.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn open(folder: &Path) -> Result<Self> {
        let [sources, modules] = ["sources", "modules"].map(|name| folder.join(name));
        for folder in [&sources, &modules] {
            fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
        }
        let store = Self { sources, modules };
        store.forget_old();
        Ok(store)
    }

    /// What a source gave before.
    pub(super) fn find(&self, source: &Source) -> Option<Vec<u8>> {
        let known = self.source(source);
        let Known { module } = serde_json::from_slice(&fs::read(&known).ok()?).ok()?;
        let file = self.file(&module);
        let bytes = fs::read(&file).ok()?;
        if hex(&Sha256::digest(&bytes)) != module {
            tracing::warn!(file = %file.display(), "is spoilt, and is fetched again");
            return None;
        }
        for file in [known, file] {
            let opened = fs::File::open(file);
            let _ = opened.and_then(|file| file.set_modified(SystemTime::now()));
        }
        Some(bytes)
    }

    /// Keeps what a source gave.
    pub(super) fn keep(&self, source: &Source, digest: &str, bytes: &[u8]) -> Result<()> {
        write(&self.file(digest), bytes)?;
        let known = Known {
            module: digest.to_owned(),
        };
        write(&self.source(source), &serde_json::to_vec(&known)?)
    }

    /// The file of a module.
    pub(super) fn file(&self, digest: &str) -> PathBuf {
        self.modules.join(format!("{digest}.wasm"))
    }

    fn source(&self, source: &Source) -> PathBuf {
        let text = serde_json::to_vec(source).unwrap_or_default();
        let digest = hex(&Sha256::digest(text));
        self.sources.join(format!("{digest}.json"))
    }

    fn forget_old(&self) {
        for folder in [&self.sources, &self.modules] {
            let files = fs::read_dir(folder).into_iter().flatten().flatten();
            for file in files {
                let modified = file.metadata().and_then(|data| data.modified());
                let age = modified.ok().and_then(|at| at.elapsed().ok());
                if age.is_some_and(|age| age > KEPT) {
                    let _ = fs::remove_file(file.path());
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::modules::source::Place;

    fn source(url: &str) -> Source {
        Source {
            namespace: "shop".into(),
            place: Place::Http { url: url.into() },
            sha256: None,
            authority: None,
            again: None,
        }
    }

    #[test]
    fn what_was_kept_is_found_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        assert!(store.find(&source("a")).is_none());
        let digest = hex(&Sha256::digest(b"a module"));
        store.keep(&source("a"), &digest, b"a module").unwrap();
        let store = Store::open(folder.path()).unwrap();
        let found = store.find(&source("a")).unwrap();
        assert_eq!(found, b"a module");
        assert!(store.find(&source("b")).is_none());
        // Of another namespace is another source.
        let other = Source {
            namespace: "other".into(),
            ..source("a")
        };
        assert!(store.find(&other).is_none());
        fs::write(store.file(&digest), b"spoilt").unwrap();
        assert!(store.find(&source("a")).is_none());
    }

    #[test]
    fn what_nobody_asks_for_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let [old, new] = ["old", "new"].map(|name| {
            store.keep(&source(name), name, name.as_bytes()).unwrap();
            store.file(name)
        });
        let long_ago = SystemTime::now().checked_sub(2 * KEPT).unwrap();
        fs::File::open(&old)
            .unwrap()
            .set_modified(long_ago)
            .unwrap();
        Store::open(folder.path()).unwrap();
        assert_eq!((old.is_file(), new.is_file()), (false, true));
    }
}
