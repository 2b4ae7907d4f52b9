//! Building the filters' modules: compile, drop the exports that a filter does not name, optimise,
//! strip, add what the module says of itself. Leaves `target/modules/<name>.wasm`, which ships, and `<name>.named.wasm`, its twin that the
//! audit reads: not optimised, with names, and with calls where what ships has traps.

pub(crate) mod compile;
pub(crate) mod entry;
pub(crate) mod exports;
pub(crate) mod optimize;
pub(crate) mod sections;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::modules::compile::{Compiled, Compiler};
use crate::modules::entry::Entry;
use crate::modules::optimize::Optimizer;
use crate::modules::sections::Sections;
use crate::progress;
use crate::repository::Repository;
use crate::tools::cache::Cache;

/// The files of one built module.
pub(crate) struct Built {
    pub(crate) shipped: PathBuf,
    pub(crate) named: PathBuf,
}

impl Built {
    pub(crate) fn at(folder: &Path, name: &str) -> Self {
        Self {
            shipped: folder.join(format!("{name}.wasm")),
            named: folder.join(format!("{name}.named.wasm")),
        }
    }
}

/// Builds the modules of the filters `names` (all, where none is named) and prints their sizes.
pub(crate) fn build(repository: &Repository, names: &[String]) -> Result<()> {
    let cache = Cache::open()?;
    let compiler = Compiler::find(repository, &cache)?;
    let optimizer = Optimizer::find(&cache)?;
    let names = repository.chosen(names)?;
    for name in &names {
        let entry = Entry::of_filter(repository, name)?;
        let compiled = compiler.module(&format!("hachure-{name}-module"), &entry)?;
        let sections = Sections::of_filter(repository, name)?;
        finish(
            &optimizer,
            (&entry, &sections),
            &compiled,
            &repository.modules(),
        )?;
    }
    table(repository, &names)
}

/// Makes the shipped and the named file of one module, unless they were made of the same input.
pub(crate) fn finish(
    optimizer: &Optimizer,
    (entry, sections): (&Entry, &Sections),
    compiled: &Compiled,
    folder: &Path,
) -> Result<()> {
    fs::create_dir_all(folder)?;
    let built = Built::at(folder, &entry.name);
    fs::write(&built.named, kept(entry, &compiled.named)?)?;
    let module = kept(entry, &compiled.shipped)?;
    let stamp = folder.join(format!(".{}.stamp", entry.name));
    let fingerprint = optimizer.fingerprint((&module, sections));
    let same = fs::read_to_string(&stamp).is_ok_and(|old| old == fingerprint);
    if same && built.shipped.is_file() {
        return Ok(());
    }
    progress::line(&format!("optimising {}", entry.name), || {
        fs::write(&stamp, "unfinished")?;
        let input = folder.join(format!(".{}.compiled.wasm", entry.name));
        fs::write(&input, &module)?;
        optimizer.ship(&input, &built.shipped)?;
        let mut shipped = fs::read(&built.shipped)?;
        sections.append_to(&mut shipped);
        fs::write(&built.shipped, shipped)?;
        Ok(fs::write(&stamp, fingerprint)?)
    })
}

/// The module in the file `compiled` with the exports that its entry names.
fn kept(entry: &Entry, compiled: &Path) -> Result<Vec<u8>> {
    let module = fs::read(compiled).with_context(|| compiled.display().to_string())?;
    exports::keep(&module, &entry.exports()?)
}

/// Prints the size of each module beside its budget, and the size of what it says of itself, which
/// Envoy does not compile and the budget does not count.
fn table(repository: &Repository, names: &[String]) -> Result<()> {
    println!(
        "{:24} {:>6} {:>7} {:>8}",
        "module", "KB", "budget", "sections"
    );
    for name in names {
        let entry = Entry::of_filter(repository, name)?;
        let built = Built::at(&repository.modules(), name);
        let sections = u64::try_from(Sections::of_filter(repository, name)?.len())?;
        let bytes = built.shipped.metadata()?.len().saturating_sub(sections);
        let (code, budget) = (kilobytes(bytes), entry.budget);
        println!("{name:24} {code:>6} {budget:>7} {:>8}", kilobytes(sections));
    }
    Ok(())
}

/// Thousands of bytes, rounded up: what a budget is compared with.
pub(crate) fn kilobytes(bytes: u64) -> u64 {
    bytes.div_ceil(1000)
}
