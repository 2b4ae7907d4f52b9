//! Programs from npm, each with its manifest and lock file in `xtask/tools/npm/<name>`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::command;
use crate::progress;
use crate::tools::cache::{Cache, key};

const LIMIT: Duration = Duration::from_secs(20 * 60);

/// A pinned package.
pub(crate) struct Package {
    name: &'static str,
    /// The file of it that is run; empty for a library.
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

/// A certified OpenID provider, which a script of the tests runs.
pub(crate) const OIDC_PROVIDER: Package = Package {
    name: "oidc-provider",
    program: "",
    size: "4 MB",
    manifest: include_str!("../../tools/npm/oidc-provider/package.json"),
    lock: include_str!("../../tools/npm/oidc-provider/package-lock.json"),
};

impl Package {
    /// The program, installed into the cache where it is not there yet.
    pub(crate) fn program(&self, cache: &Cache) -> Result<PathBuf> {
        let folder = self.folder(cache)?;
        Ok(folder.join("node_modules/.bin").join(self.program))
    }

    /// The folder of its `node_modules`, installed where it is not there yet.
    pub(crate) fn folder(&self, cache: &Cache) -> Result<PathBuf> {
        let key = key(&format!("npm-{}", self.name), (self.manifest, self.lock));
        cache.folder(&key, |folder| {
            let what = format!("fetching {} from npm ({})", self.name, self.size);
            progress::line(&what, || self.install(cache, folder))
        })
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
