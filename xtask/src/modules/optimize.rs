//! `wasm-opt`: drops what only dropped exports used, optimises, strips names.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use crate::command;
use crate::tools::cache::Cache;
use crate::tools::npm;

/// Size first, as the compiler did: see `[profile.wasm]`. Nothing lies in the first KiB of a module's
/// memory but the last of its stack, which Rust's linker puts there, so that a stack that overflows
/// leaves the memory: an address and an offset never meet there. Functions come in the order of how
/// often they are called, which makes their numbers short.
const SHIP: [&str; 7] = [
    "-Oz",
    "--low-memory-unused",
    "--converge",
    "--reorder-functions",
    "--strip-debug",
    "--strip-producers",
    "--strip-target-features",
];

/// A `wasm-opt` that is there.
pub(crate) struct Optimizer {
    program: PathBuf,
}

impl Optimizer {
    pub(crate) fn find(cache: &Cache) -> Result<Self> {
        Ok(Self {
            program: npm::BINARYEN.program(cache)?,
        })
    }

    /// Makes the file that ships.
    pub(crate) fn ship(&self, input: &Path, output: &Path) -> Result<()> {
        let mut command = Command::new(&self.program);
        command::output(command.args(SHIP).arg(input).arg("-o").arg(output)).map(|_| ())
    }

    /// Stands for the output: another content, program or option has another one.
    pub(crate) fn fingerprint(&self, content: impl Hash) -> String {
        let mut hasher = DefaultHasher::new();
        (content, &self.program, SHIP).hash(&mut hasher);
        format!("{:016x}", hasher.finish())
    }
}
