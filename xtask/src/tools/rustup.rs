//! Wasm targets of the compiler that `rustup` manages.

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

/// Makes sure that the current compiler has `target`; the error says why it cannot have it.
pub(crate) fn ensure(cache: &Cache, target: Target) -> Result<()> {
    if command::find("rustup").is_none() {
        return Err(anyhow!("there is no rustup"));
    }
    if has(target)? {
        return Ok(());
    }
    let note = note(target);
    if let Some(why) = cache.noted(&note, BELIEVED) {
        return Err(anyhow!("{why}"));
    }
    let added = progress::line(&format!("adding target {}", target.name()), || {
        let mut add = Command::new("rustup");
        add.args(["target", "add", target.name()]);
        command::logged(&mut add, &cache.log(&note), LIMIT)
    });
    added.inspect_err(|why| {
        // A note that cannot be written only costs the next run another try.
        let _ = cache.note(&note, &format!("{why:#}"));
    })
}

/// Forgets that it was tried in vain: the next run tries again.
pub(crate) fn try_again(cache: &Cache, target: Target) {
    cache.forget(&note(target));
}

/// The name of the note that says why there is no `target`.
fn note(target: Target) -> String {
    format!("rustup-{}", target.name())
}

fn has(target: Target) -> Result<bool> {
    let mut rustc = Command::new("rustc");
    let folder =
        command::output(rustc.args(["--print", "target-libdir", "--target", target.name()]))?;
    Ok(std::path::Path::new(&folder).is_dir())
}
