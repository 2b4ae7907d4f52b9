//! The folder for what is fetched or built once per machine: `$HACHURE_CACHE`, or
//! `~/.cache/hachure`. A folder in it has its final name only when it is complete.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, anyhow};

/// The cache of this user on this machine.
pub(crate) struct Cache {
    root: PathBuf,
}

impl Cache {
    /// Finds the cache and makes its folders.
    pub(crate) fn open() -> Result<Self> {
        let named = std::env::var_os("HACHURE_CACHE").filter(|value| !value.is_empty());
        let root = match named {
            Some(folder) => std::path::absolute(PathBuf::from(folder))?,
            None => home()?.join(".cache/hachure"),
        };
        let cache = Self { root };
        for folder in [cache.root.join("logs"), cache.root.join("notes")] {
            fs::create_dir_all(&folder).with_context(|| {
                format!(
                    "{} cannot be made: set HACHURE_CACHE to a folder of yours",
                    folder.display()
                )
            })?;
        }
        Ok(cache)
    }

    /// The folder `name`, made by `fill` where it is not there yet. What `fill` leaves unfinished
    /// is thrown away; of two that fill at once the first wins.
    pub(crate) fn folder(
        &self,
        name: &str,
        fill: impl FnOnce(&Path) -> Result<()>,
    ) -> Result<PathBuf> {
        let folder = self.root.join(name);
        if folder.is_dir() {
            return Ok(folder);
        }
        self.forget_stopped(name)?;
        let unfinished = self.root.join(format!(".{name}.{}", std::process::id()));
        fs::create_dir_all(&unfinished)?;
        let filled = fill(&unfinished);
        if filled.is_ok() && fs::rename(&unfinished, &folder).is_err() && !folder.is_dir() {
            return Err(anyhow!("{} cannot be made", folder.display()));
        }
        if unfinished.is_dir() {
            fs::remove_dir_all(&unfinished)?;
        }
        filled.map(|()| folder)
    }

    /// Removes what processes that are gone left unfinished of the folder `name`.
    fn forget_stopped(&self, name: &str) -> Result<()> {
        let prefix = format!(".{name}.");
        for entry in self.root.read_dir()?.flatten() {
            let file = entry.file_name().to_string_lossy().into_owned();
            let process = file.strip_prefix(&prefix);
            if process.is_some_and(|id| !Path::new("/proc").join(id).exists()) {
                fs::remove_dir_all(entry.path())?;
            }
        }
        Ok(())
    }

    /// Where a build keeps its progress, so that one that was stopped goes on where it was.
    pub(crate) fn build(&self, name: &str) -> PathBuf {
        self.root.join("build").join(name)
    }

    /// Where the output of a program is kept.
    pub(crate) fn log(&self, name: &str) -> PathBuf {
        self.root.join("logs").join(format!("{name}.log"))
    }

    /// Remembers `text` under `name`.
    pub(crate) fn note(&self, name: &str, text: &str) -> Result<()> {
        fs::write(self.root.join("notes").join(name), text).context("a note in the cache")
    }

    /// Forgets what was noted under `name`.
    pub(crate) fn forget(&self, name: &str) {
        // It is gone, or was never there.
        let _ = fs::remove_file(self.root.join("notes").join(name));
    }

    /// What was noted under `name`, unless that was longer than `limit` ago.
    pub(crate) fn noted(&self, name: &str, limit: Duration) -> Option<String> {
        let file = self.root.join("notes").join(name);
        let age = file.metadata().ok()?.modified().ok()?.elapsed().ok()?;
        if age < limit {
            fs::read_to_string(file).ok()
        } else {
            None
        }
    }
}

/// The name of a folder for `name` as `content` pins it: another content is another folder.
pub(crate) fn key(name: &str, content: impl Hash) -> String {
    let mut hasher = DefaultHasher::new();
    content.hash(&mut hasher);
    format!("{name}-{:016x}", hasher.finish())
}

fn home() -> Result<PathBuf> {
    let home = std::env::var_os("HOME").filter(|value| !value.is_empty());
    home.map(PathBuf::from)
        .ok_or_else(|| anyhow!("neither HACHURE_CACHE nor HOME is set"))
}

#[cfg(test)]
mod tests {
    use anyhow::bail;

    use super::*;

    fn cache(name: &str) -> Result<Cache> {
        let root = std::env::temp_dir().join(format!("{name}-{}", std::process::id()));
        fs::create_dir_all(&root)?;
        Ok(Cache { root })
    }

    #[test]
    fn a_folder_is_there_when_it_is_complete() -> Result<()> {
        let cache = cache("complete")?;
        let half = cache.folder("tool-1", |folder| {
            fs::write(folder.join("half"), "")?;
            bail!("stopped")
        });
        assert!(half.is_err() && !cache.root.join("tool-1").exists());
        let folder = cache.folder("tool-1", |folder| Ok(fs::write(folder.join("all"), "")?))?;
        assert!(folder.join("all").is_file() && !folder.join("half").exists());
        cache.folder("tool-1", |_| bail!("it is there already"))?;
        Ok(fs::remove_dir_all(&cache.root)?)
    }

    #[test]
    fn what_a_stopped_process_left_is_removed() -> Result<()> {
        let cache = cache("stopped")?;
        let left = cache.root.join(".tool-1.0");
        fs::create_dir_all(&left)?;
        cache.folder("tool-1", |_| Ok(()))?;
        assert!(!left.exists());
        Ok(fs::remove_dir_all(&cache.root)?)
    }
}
