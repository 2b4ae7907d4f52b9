//! Cases and examples of the catalogue: `title`, `config`, and `steps` or `configError`.

use std::ffi::OsStr;
use std::path::Path;

use hachure_casefile::{Case, CaseError};
use hachure_registry::Filter;

use crate::config::{Placed, Text};
use crate::cursor::Cursor;
use crate::finding::{Finding, Severity};
use crate::input::Input;
use crate::validate::found::Found;

/// Whether a document is a case.
pub(super) fn is_one(root: &Cursor<'_>) -> bool {
    let has = |key| root.get(key).is_some();
    has("title") && has("config") && (has("steps") || has("configError"))
}

/// Adds a case's config. The filter is the one whose folder holds the file.
pub(super) fn recognise<'i>(
    input: &'i Input,
    root: &Cursor<'i>,
    filter: Option<&'static Filter>,
    found: &mut Found<'i>,
) {
    let Some(filter) = filter.or_else(|| of_folder(&input.name)) else {
        let message = "this is a case, but of which filter? Say it with --filter NAME";
        found
            .findings
            .push(Finding::at(Severity::Error, root, message));
        return;
    };
    let case = match Case::parse(&input.text) {
        Ok(case) => case,
        Err(CaseError::Yaml(error)) => {
            found.findings.push(Finding::of_yaml(&input.name, &error));
            return;
        }
        Err(CaseError::Shape(errors)) => {
            found.findings.extend(Finding::of_errors(root, &errors));
            return;
        }
    };
    let Some(config) = root.get("config") else {
        return;
    };
    let placed = Placed {
        filter,
        entry: root.clone(),
        text: Text::Tree(config),
    };
    match case.config_error {
        None => found.placed.push(placed),
        Some(expected) => {
            found.refused = found.refused.saturating_add(1);
            found.findings.extend(must_be_refused(&placed, &expected));
        }
    }
}

/// A case may say that its config is refused, and with which words.
fn must_be_refused(placed: &Placed<'_>, expected: &str) -> Option<Finding> {
    let seen = match (placed.filter.compile)(&placed.json()) {
        Err(errors) if errors.to_string() == expected => return None,
        Err(errors) => format!("it is refused with: {errors}"),
        Ok(_) => "it is accepted".to_owned(),
    };
    let message = format!("the case says that this config is refused with: {expected}; {seen}");
    let finding = Finding::at(Severity::Error, placed.place(), message);
    Some(Finding {
        filter: Some(placed.filter.name),
        ..finding
    })
}

/// The filter in whose `cases` or `examples` folder a file is.
fn of_folder(file: &str) -> Option<&'static Filter> {
    let file = std::path::absolute(file).ok()?;
    let folder = file.parent()?;
    let holds_cases = ["cases", "examples"]
        .map(OsStr::new)
        .contains(&folder.file_name()?);
    let filter = folder.parent().and_then(Path::file_name)?.to_str()?;
    Filter::find(filter).filter(|_| holds_cases)
}
