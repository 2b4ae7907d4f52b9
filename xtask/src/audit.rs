//! What a module may be made of. Each finding is one line that names the module and what to do.

mod body;
mod calls;
mod fatal;
mod list;
mod names;
mod panics;
mod prove;
mod shape;
mod texts;

use anyhow::{Context, Result, bail};

use crate::audit::list::Reviewed;
pub(crate) use crate::audit::prove::run as prove;
use crate::modules::Built;
use crate::modules::entry::Entry;
use crate::modules::sections::Sections;
use crate::repository::Repository;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// The filters whose modules are audited; without names, all
    names: Vec<String>,
    /// Show instead that the audit refuses what it must: modules with planted faults
    #[arg(long)]
    prove: bool,
}

/// The answer to a finding that a function calls a panicking one.
const WHAT_TO_DO: &str = "a call that can panic is made impossible (`get`, `checked_add`, `?`), or \
    goes with ` # ` and why it cannot happen into xtask/audit/panics.txt";

/// The command `audit`.
pub(crate) fn run(repository: &Repository, options: &Options) -> Result<()> {
    if options.prove {
        return prove(repository);
    }
    modules(repository, &options.names)
}

/// Audits the built modules of the filters `names`, or of all.
pub(crate) fn modules(repository: &Repository, names: &[String]) -> Result<()> {
    let mut reviewed = Reviewed::read(repository)?;
    let chosen = repository.chosen(names)?;
    let mut findings = 0;
    for name in &chosen {
        let entry = Entry::of_filter(repository, name)?;
        let built = Built::at(&repository.modules(), name);
        let sections = Sections::of_filter(repository, name)?;
        for finding in module(repository, (&entry, &sections), &built, &mut reviewed)? {
            eprintln!("{finding}");
            findings += 1;
        }
    }
    if names.is_empty() {
        for entry in reviewed.unused() {
            eprintln!(
                "{}: `{entry}` covers no call of this compiler's modules",
                list::PANICS
            );
        }
    }
    if findings > 0 {
        bail!("the audit found {findings} (see above): {WHAT_TO_DO}");
    }
    println!("audited {}", chosen.join(", "));
    Ok(())
}

/// All findings on one module.
fn module(
    repository: &Repository,
    (entry, sections): (&Entry, &Sections),
    built: &Built,
    reviewed: &mut Reviewed,
) -> Result<Vec<String>> {
    let read = |file: &std::path::Path| {
        std::fs::read(file).with_context(|| {
            format!(
                "{} is not built: cargo xtask build {}",
                file.display(),
                entry.name
            )
        })
    };
    let mut findings = shape::findings(repository, (entry, sections), &read(&built.shipped)?)?;
    findings.extend(panics::findings(&read(&built.named)?, reviewed)?);
    Ok(findings
        .into_iter()
        .map(|finding| format!("{}: {finding}", entry.name))
        .collect())
}
