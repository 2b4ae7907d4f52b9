//! A filter's config alone.

use hachure_registry::{FILTERS, Filter};
use serde_json::Value;

use crate::config::{Placed, Text};
use crate::cursor::Cursor;
use crate::finding::{Finding, Severity};
use crate::validate::found::Found;

/// Adds the document as the config of `filter`, or of the filter that it fits.
pub(super) fn recognise<'i>(
    root: &Cursor<'i>,
    filter: Option<&'static Filter>,
    found: &mut Found<'i>,
) {
    let fitting = filter.map_or_else(|| fitting(root.value), |filter| vec![filter]);
    match fitting.as_slice() {
        [] => {}
        [filter] => {
            let text = Text::Tree(root.clone());
            found.placed.push(Placed {
                filter,
                entry: root.clone(),
                text,
            });
        }
        several => {
            let names: Vec<_> = several.iter().map(|filter| filter.name).collect();
            let message = format!(
                "this may be a config of {}: say it with --filter NAME",
                names.join(" or ")
            );
            found
                .findings
                .push(Finding::at(Severity::Error, root, message));
        }
    }
}

/// The filters that a document may be a config of: those that accept it, else those that know the
/// most of its keys, so that a config with a mistake is still recognised.
fn fitting(value: &Value) -> Vec<&'static Filter> {
    let text = value.to_string();
    let accepting: Vec<_> = FILTERS
        .iter()
        .filter(|filter| (filter.compile)(text.as_bytes()).is_ok())
        .collect();
    if !accepting.is_empty() {
        return accepting;
    }
    let known: Vec<_> = FILTERS
        .iter()
        .map(|filter| (known_keys(filter, value), filter))
        .collect();
    let most = known
        .iter()
        .map(|(count, _)| *count)
        .max()
        .filter(|most| *most > 0);
    let best = known.into_iter().filter(|(count, _)| Some(*count) == most);
    best.map(|(_, filter)| filter).collect()
}

/// How many keys of a document the filter's schema has at its top.
fn known_keys(filter: &Filter, value: &Value) -> usize {
    let schema: Value = serde_json::from_str(filter.schema).unwrap_or_default();
    let known = |key: &&String| {
        schema
            .get("properties")
            .is_some_and(|all| all.get(key).is_some())
    };
    value
        .as_object()
        .into_iter()
        .flatten()
        .map(|(key, _)| key)
        .filter(known)
        .count()
}
