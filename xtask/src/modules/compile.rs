//! Compiling a module's crate.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::command;
use crate::repository::Repository;
use crate::tools::cache::Cache;
use crate::tools::wasm::{self, Target, Toolchain};

/// The compiler of modules in this repository.
pub(crate) struct Compiler<'a> {
    repository: &'a Repository,
    toolchain: Toolchain,
}

impl<'a> Compiler<'a> {
    pub(crate) fn find(repository: &'a Repository, cache: &Cache) -> Result<Self> {
        Ok(Self {
            repository,
            toolchain: wasm::toolchain(cache, Target::Wasi)?,
        })
    }

    /// Builds one package of the workspace. Each package is built by itself: cargo would give
    /// packages that are built together each other's features.
    pub(crate) fn module(&self, package: &str) -> Result<PathBuf> {
        let mut cargo = self.cargo()?;
        command::run(cargo.args(["--package", package]))?;
        Ok(self.output(package))
    }

    /// `cargo build` as modules are built.
    pub(crate) fn cargo(&self) -> Result<Command> {
        let mut cargo = self.toolchain.cargo(self.repository, "build")?;
        cargo.args(["--profile", "wasm"]);
        Ok(cargo)
    }

    /// The file that the build of a package leaves.
    pub(crate) fn output(&self, package: &str) -> PathBuf {
        let folder = self
            .repository
            .wasm_target()
            .join(Target::Wasi.name())
            .join("wasm");
        folder.join(format!("{}.wasm", package.replace('-', "_")))
    }
}
