//! The audit's own test: real crates with planted faults, built as modules are, must be refused,
//! and the same crate without them must pass.

use std::path::PathBuf;

use anyhow::{Result, bail};

use crate::audit::list::Reviewed;
use crate::audit::module;
use crate::modules::compile::Compiler;
use crate::modules::entry::Entry;
use crate::modules::optimize::Optimizer;
use crate::modules::sections::Sections;
use crate::modules::{Built, finish};
use crate::repository::Repository;
use crate::tools::cache::Cache;

const PACKAGE: &str = "planted";

/// A fault, how it gets into the module, and what the audit must say of it.
struct Fault {
    name: &'static str,
    features: &'static [&'static str],
    /// Phases that the build keeps though the catalogue entry does not name them.
    phases: &'static [&'static str],
    /// Whether it carries its schema and catalogue entry.
    sections: bool,
    finding: Option<&'static str>,
}

const FAULTS: [Fault; 7] = [
    Fault {
        name: "no-fault",
        features: &[],
        phases: &[],
        sections: true,
        finding: None,
    },
    Fault {
        name: "panic",
        features: &["panic"],
        phases: &[],
        sections: true,
        finding: Some("planted::decide calls core::panicking::panic_bounds_check at src/lib.rs"),
    },
    Fault {
        name: "import",
        features: &["import"],
        phases: &[],
        sections: true,
        finding: Some("imports env.proxy_planted"),
    },
    Fault {
        name: "export",
        features: &[],
        phases: &["responseHeaders"],
        sections: true,
        finding: Some("exports proxy_on_response_headers"),
    },
    Fault {
        name: "version",
        features: &["version"],
        phases: &[],
        sections: true,
        finding: Some("does not export proxy_abi_version_0_2_1"),
    },
    Fault {
        name: "size",
        features: &["size"],
        phases: &[],
        sections: true,
        finding: Some("more than its sizeBudgetKB of 100"),
    },
    Fault {
        name: "section",
        features: &[],
        phases: &[],
        sections: false,
        finding: Some("does not carry its hachure.schema and hachure.catalog"),
    },
];

/// Builds and audits every fault.
pub(crate) fn run(repository: &Repository) -> Result<()> {
    let cache = Cache::open()?;
    let proof = Proof {
        repository,
        compiler: Compiler::find(repository, &cache)?,
        optimizer: Optimizer::find(&cache)?,
        folder: repository.path("target/planted"),
    };
    for fault in &FAULTS {
        let findings = proof.findings(fault)?;
        println!("planted {}: {}", fault.name, outcome(fault, &findings)?);
    }
    Ok(())
}

struct Proof<'a> {
    repository: &'a Repository,
    compiler: Compiler<'a>,
    optimizer: Optimizer,
    folder: PathBuf,
}

impl Proof<'_> {
    fn findings(&self, fault: &Fault) -> Result<Vec<String>> {
        let manifest = self.repository.path("xtask/audit/planted/Cargo.toml");
        let manifest = manifest.display().to_string();
        let features = fault.features.join(",");
        let arguments = [
            "--quiet",
            "--manifest-path",
            &manifest,
            "--features",
            &features,
        ];
        let compiled = self.compiler.build(PACKAGE, &arguments)?;
        let entry = Entry {
            name: fault.name.to_owned(),
            phases: vec!["requestHeaders".to_owned()],
            capabilities: Default::default(),
            budget: 100,
        };
        let mut built = entry.clone();
        built
            .phases
            .extend(fault.phases.iter().map(|phase| (*phase).to_owned()));
        let sections = Sections::new(Some("{}"), "{}");
        let built_with = match fault.sections {
            true => sections.clone(),
            false => Sections::default(),
        };
        let output = (&built, &built_with);
        finish(&self.optimizer, output, &compiled, &self.folder)?;
        let mut reviewed = Reviewed::read(self.repository)?;
        module(
            self.repository,
            (&entry, &sections),
            &Built::at(&self.folder, fault.name),
            &mut reviewed,
        )
    }
}

/// What happened, where that is what had to happen.
fn outcome(fault: &Fault, findings: &[String]) -> Result<String> {
    match (fault.finding, findings) {
        (None, []) => Ok("passes".to_owned()),
        (Some(expected), [only]) if only.contains(expected) => Ok(format!("refused: {only}")),
        _ => bail!(
            "the planted {} led to these findings: {findings:?}",
            fault.name
        ),
    }
}
