//! Programs from npm, each with its manifest and lock file in `xtask/tools/npm/<name>`.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::command;
use crate::progress;
use crate::tools::cache::Cache;

const LIMIT: Duration = Duration::from_secs(20 * 60);

/// A pinned package and the program in it that we run.
pub(crate) struct Package {
    name: &'static str,
    program: &'static str,
    size: &'static str,
    manifest: &'static str,
    lock: &'static str,
}

/// Optimises and strips modules. One version for all machines, so that their outputs agree.
pub(crate) const BINARYEN: Package = Package {
    name: "binaryen",
    program: "wasm-opt",
    size: "20 MB",
    manifest: include_str!("../../tools/npm/binaryen/package.json"),
    lock: include_str!("../../tools/npm/binaryen/package-lock.json"),
};

/// Turns a component into JavaScript that Node runs.
pub(crate) const JCO: Package = Package {
    name: "jco",
    program: "jco",
    size: "60 MB",
    manifest: include_str!("../../tools/npm/jco/package.json"),
    lock: include_str!("../../tools/npm/jco/package-lock.json"),
};

impl Package {
    /// The program, installed into the cache where it is not there yet.
    pub(crate) fn program(&self, cache: &Cache) -> Result<PathBuf> {
        let folder = cache.folder(&self.key(), |folder| {
            let what = format!("fetching {} from npm ({})", self.name, self.size);
            progress::line(&what, || self.install(cache, folder))
        })?;
        Ok(folder.join("node_modules/.bin").join(self.program))
    }

    /// Another lock file is another folder.
    fn key(&self) -> String {
        let mut hasher = DefaultHasher::new();
        (self.manifest, self.lock).hash(&mut hasher);
        format!("npm-{}-{:016x}", self.name, hasher.finish())
    }

    fn install(&self, cache: &Cache, folder: &Path) -> Result<()> {
        if command::find("npm").is_none() {
            bail!(
                "`npm` is not on PATH: install Node.js 20 with npm (Debian: apt-get install npm)"
            );
        }
        fs::write(folder.join("package.json"), self.manifest)?;
        fs::write(folder.join("package-lock.json"), self.lock)?;
        let mut npm = Command::new("npm");
        npm.args([
            "ci",
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
            "--fetch-retries=2",
        ]);
        npm.args([
            "--fetch-retry-mintimeout=2000",
            "--fetch-retry-maxtimeout=10000",
        ]);
        let installed = command::logged(npm.current_dir(folder), &cache.log(self.name), LIMIT);
        installed.with_context(|| format!("no {}: check the network", self.name))
    }
}
