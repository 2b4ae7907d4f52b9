//! Compiling a module's crate, twice: what ships, and its twin with names that the audit reads.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::command;
use crate::modules::entry::Entry;
use crate::repository::Repository;
use crate::tools::cache::Cache;
use crate::tools::wasm::{self, Panics, Target, Toolchain};

/// The compilers of modules in this repository: the same sources and options, but for panics.
pub(crate) struct Compiler<'a> {
    repository: &'a Repository,
    shipped: Toolchain,
    named: Toolchain,
}

/// The two builds of one package.
pub(crate) struct Compiled {
    /// A panic is a trap.
    pub(crate) shipped: PathBuf,
    /// A panic is a call of `core::panicking`, with its message and place.
    pub(crate) named: PathBuf,
}

impl<'a> Compiler<'a> {
    pub(crate) fn find(repository: &'a Repository, cache: &Cache) -> Result<Self> {
        let shipped = wasm::toolchain(cache, Target::Wasi, Panics::Trap)?;
        let named = shipped.telling();
        Ok(Self {
            repository,
            shipped,
            named,
        })
    }

    /// Builds one package of the workspace. Each package is built by itself: cargo would give
    /// packages that are built together each other's features.
    /// Its features follow from what the filter's entry asks for.
    pub(crate) fn module(&self, package: &str, entry: &Entry) -> Result<Compiled> {
        let features = entry.features().iter();
        let features = features.flat_map(|feature| ["--features", feature]);
        let arguments: Vec<&str> = ["--package", package].into_iter().chain(features).collect();
        self.build(package, &arguments)
    }

    /// Builds `package`, which `arguments` choose.
    pub(crate) fn build(&self, package: &str, arguments: &[&str]) -> Result<Compiled> {
        Ok(Compiled {
            shipped: self.build_with(&self.shipped, package, arguments)?,
            named: self.build_with(&self.named, package, arguments)?,
        })
    }

    fn build_with(
        &self,
        toolchain: &Toolchain,
        package: &str,
        arguments: &[&str],
    ) -> Result<PathBuf> {
        let mut cargo: Command = toolchain.cargo(self.repository, "build")?;
        command::run(cargo.args(["--profile", "wasm"]).args(arguments))?;
        let folder = toolchain
            .target_folder(self.repository)
            .join(Target::Wasi.name())
            .join("wasm");
        Ok(folder.join(format!("{}.wasm", package.replace('-', "_"))))
    }
}
