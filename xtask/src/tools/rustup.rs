//! What Wasm needs of the compiler that `rustup` manages: targets, and the sources of `std`.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Result, anyhow};

use crate::command;
use crate::progress;
use crate::tools::cache::Cache;
use crate::tools::wasm::Target;

/// `rustup` has no limit of its own where a network swallows packets.
const LIMIT: Duration = Duration::from_secs(180);
/// How long a failure is believed before it is tried again, where another compiler was found.
const BELIEVED: Duration = Duration::from_secs(6 * 60 * 60);

/// What `rustup` can add to the current compiler.
#[derive(Clone, Copy)]
pub(crate) enum Part {
    /// `std`, compiled for a target.
    Target(Target),
    /// The sources of `std`.
    Sources,
}

impl Part {
    fn name(self) -> &'static str {
        match self {
            Self::Target(target) => target.name(),
            Self::Sources => "rust-src",
        }
    }

    /// What `rustup` calls things of this kind.
    fn kind(self) -> &'static str {
        match self {
            Self::Target(_) => "target",
            Self::Sources => "component",
        }
    }

    /// The name of the note that says why it is not there.
    fn note(self) -> String {
        format!("rustup-{}", self.name())
    }

    fn is_there(self) -> Result<bool> {
        match self {
            Self::Target(target) => {
                let arguments = ["--print", "target-libdir", "--target", target.name()];
                let folder = command::output(Command::new("rustc").args(arguments))?;
                Ok(Path::new(&folder).is_dir())
            }
            Self::Sources => Ok(sources()?.join("library/Cargo.lock").is_file()),
        }
    }
}

/// Makes sure that the current compiler has `parts`; the error says why it cannot have them.
pub(crate) fn ensure(cache: &Cache, parts: &[Part]) -> Result<()> {
    if command::find("rustup").is_none() {
        return Err(anyhow!("there is no rustup"));
    }
    parts.iter().try_for_each(|part| add(cache, *part))
}

fn add(cache: &Cache, part: Part) -> Result<()> {
    if part.is_there()? {
        return Ok(());
    }
    let note = part.note();
    if let Some(why) = cache.noted(&note, BELIEVED) {
        return Err(anyhow!("{why}"));
    }
    let (kind, name) = (part.kind(), part.name());
    let added = progress::line(&format!("adding {kind} {name}"), || {
        let mut add = Command::new("rustup");
        add.args([kind, "add", name]);
        command::logged(&mut add, &cache.log(&note), LIMIT)
    });
    added.inspect_err(|why| {
        // A note that cannot be written only costs the next run another try.
        let _ = cache.note(&note, &format!("{why:#}"));
    })
}

/// Forgets that it was tried in vain: the next run tries again.
pub(crate) fn try_again(cache: &Cache, parts: &[Part]) {
    for part in parts {
        cache.forget(&part.note());
    }
}

/// Where the sources of `std` are, if they are there.
pub(crate) fn sources() -> Result<PathBuf> {
    let sysroot = command::output(Command::new("rustc").args(["--print", "sysroot"]))?;
    Ok(Path::new(&sysroot).join("lib/rustlib/src/rust"))
}
