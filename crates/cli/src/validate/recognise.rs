//! Which of the known forms a document has.

use hachure_registry::{FILTERS, Filter};
use hachure_yaml::Document;

use crate::cursor::Cursor;
use crate::finding::Finding;
use crate::input::Input;
use crate::validate::found::Found;
use crate::validate::{bare, case, envoy, kubernetes, run_file};

/// Adds to `found` what the documents of a file hold. `filter` is the one whose config or case a
/// document is that does not say.
pub(crate) fn recognise<'i>(
    input: &'i Input,
    documents: &'i [Document],
    filter: Option<&'static Filter>,
    found: &mut Found<'i>,
) {
    let (size, findings) = (found.size(), found.findings.len());
    for document in documents {
        let root = Cursor::root(&input.name, document);
        if root.get("kind").is_some() && root.get("apiVersion").is_some() {
            kubernetes::recognise(&root, found);
        } else if case::is_one(&root) {
            case::recognise(input, &root, filter, found);
        } else if run_file::is_one(&root) {
            run_file::recognise(&root, found);
        } else if envoy::recognise(&root, found) {
            // It has added what it found.
        } else {
            bare::recognise(&root, filter, found);
        }
    }
    let said_why = found.findings.iter().skip(findings).any(Finding::is_error);
    if found.size() == size && !said_why {
        found
            .findings
            .push(Finding::about_file(&input.name, nothing()));
    }
}

fn nothing() -> String {
    let names: Vec<_> = FILTERS.iter().map(|filter| filter.name).collect();
    format!(
        "nothing here is a config of {}: looked for EnvoyExtensionPolicy and \
         ContourExtensionPolicy (spec.wasm[] by rootID, else name), Envoy's Wasm HTTP filter (by \
         root_id, else name), a file of `hachure run`, a case (title, config, steps), and a \
         filter's config alone (say whose with --filter)",
        names.join(", ")
    )
}
