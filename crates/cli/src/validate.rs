//! `hachure validate`: everything that is wrong in configs and in the files that carry them.

mod bare;
mod case;
mod envoy;
mod found;
mod kubernetes;
mod manager;
mod order;
mod policy;
mod recognise;
mod report;
mod run_file;
mod targets;
mod warnings;

use anyhow::Result;
use hachure_registry::Filter;
use hachure_yaml::Document;

use crate::catalogue::{self, Catalogue};
use crate::finding::{Finding, Severity};
use crate::input::Input;
use crate::output::Format;

use found::Found;
use recognise::recognise;
pub(crate) use warnings::guards_by;

/// Check filter configs, alone or inside manifests and Envoy configs
///
/// Finds the filters of the catalogue in each file, compiles their configs as Envoy would when it
/// starts them, and checks their order in a chain. Reads YAML as kubectl does. Prints every error
/// with file, line and column, and ends with 1 if there is one; warnings alone end with 0.
///
/// It knows EnvoyExtensionPolicy and ContourExtensionPolicy (by rootID, else name), Envoy's own
/// YAML or JSON (HTTP filters of type envoy.extensions.filters.http.wasm.v3.Wasm), files of `hachure
/// run`, the catalogue's cases and examples, and a filter's config alone. HTTPRoutes and
/// SecurityPolicies of the same call serve for warnings: name them too.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  hachure validate edge-policy.yaml routes.yaml
  hachure validate --filter cors cors.yaml
  kubectl get envoyextensionpolicies -A -o yaml | hachure validate -
  hachure validate --output json *.yaml | jq -r '.findings[].message'")]
pub(crate) struct Options {
    /// The files to check; `-` is standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<String>,
    /// The filter whose config a file holds, where the file does not say
    #[arg(long, value_name = "NAME", value_parser = catalogue::names())]
    filter: Option<String>,
    /// The form of the answer
    #[arg(long, value_enum, default_value_t)]
    output: Format,
}

/// Checks the files and prints what there is to say. Whether there was no error.
pub(crate) fn run(options: &Options) -> Result<bool> {
    let catalogue = Catalogue::load()?;
    let filter = options
        .filter
        .as_deref()
        .map(catalogue::named)
        .transpose()?;
    let files: Vec<_> = options.files.iter().map(|name| File::read(name)).collect();
    let (found, findings) = check(&files, filter, &catalogue);
    report::print(&options.files, &found, &findings, options.output)?;
    Ok(findings
        .iter()
        .all(|finding| finding.severity != Severity::Error))
}

/// A file with its documents, or what is wrong with it.
pub(crate) struct File {
    name: String,
    documents: Result<(Input, Vec<Document>), Box<Finding>>,
}

impl File {
    /// Reads a file.
    pub(crate) fn read(name: &str) -> Self {
        let read = || {
            let input =
                Input::read(name).map_err(|why| Box::new(Finding::about_file(name, why)))?;
            let documents = input.documents();
            let documents = documents.map_err(|why| Box::new(Finding::of_yaml(name, &why)))?;
            Ok((input, documents))
        };
        Self {
            name: name.to_owned(),
            documents: read(),
        }
    }

    /// As it was given.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Its documents; none where it cannot be read.
    pub(crate) fn documents(&self) -> &[Document] {
        self.documents
            .as_ref()
            .map(|(_, documents)| documents.as_slice())
            .unwrap_or_default()
    }
}

/// What the files hold, and everything that there is to say about it, file by file from top to
/// bottom.
pub(crate) fn check<'i>(
    files: &'i [File],
    filter: Option<&'static Filter>,
    catalogue: &Catalogue,
) -> (Found<'i>, Vec<Finding>) {
    let mut found = Found::default();
    for file in files {
        match &file.documents {
            Ok((input, documents)) => recognise(input, documents, filter, &mut found),
            Err(finding) => found.findings.push((**finding).clone()),
        }
    }
    let mut findings = std::mem::take(&mut found.findings);
    findings.extend(
        found
            .placed
            .iter()
            .filter_map(|placed| placed.compile().err())
            .flatten(),
    );
    findings.extend(
        found
            .chains()
            .iter()
            .flat_map(|chain| order::check(chain, catalogue)),
    );
    findings.extend(warnings::all(&found));
    let file_index = |name: &str| files.iter().position(|file| file.name == name);
    findings.sort_by_key(|finding| (file_index(&finding.file), finding.position));
    findings.dedup();
    (found, findings)
}
