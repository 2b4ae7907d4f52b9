//! Quota keys that clients choose.
//!
//! Each new value of such a key is a client that has used nothing: whoever sends another one with
//! every request is never limited, and takes a slot each time.

use serde_json::Value;

use crate::config::{Placed, Text};
use crate::cursor::Cursor;
use crate::finding::{Finding, Severity};
use crate::validate::found::Found;

const FILTER: &str = "quota";

/// The parts of a key that come from the request as the client wrote it.
const CHOSEN: [(&str, &str); 3] = [
    ("header", "header"),
    ("cookie", "cookie"),
    ("query", "query parameter"),
];

pub(super) fn check(found: &Found<'_>) -> Vec<Finding> {
    let quotas = found.placed.iter().filter(|p| p.filter.name == FILTER);
    quotas.flat_map(by_config).collect()
}

fn by_config(placed: &Placed<'_>) -> Vec<Finding> {
    let config: Value = serde_json::from_slice(&placed.json()).unwrap_or_default();
    let mut findings = Vec::new();
    for (i, limit) in list(&config, "limits").enumerate() {
        for (j, part) in list(limit, "key").enumerate() {
            for (key, what) in CHOSEN {
                if let Some(name) = part.get(key).and_then(Value::as_str) {
                    findings.push(warning(placed, (i, j), what, name));
                }
            }
        }
    }
    findings
}

/// The elements of the list `key` of an object.
fn list<'v>(value: &'v Value, key: &str) -> impl Iterator<Item = &'v Value> {
    let list = value.get(key).and_then(Value::as_array);
    list.into_iter().flatten()
}

fn warning(placed: &Placed<'_>, (i, j): (usize, usize), what: &str, name: &str) -> Finding {
    let config_path = format!("limits[{i}].key[{j}]");
    let message = format!(
        "{config_path}: clients choose the {what} `{name}`, and each new value has used nothing: \
         use consumer or address, or be sure that something in front sets it"
    );
    let at = match &placed.text {
        Text::Tree(tree) => part(tree, i, j),
        Text::Absent | Text::Json(_) => None,
    };
    Finding {
        filter: Some(placed.filter.name),
        config_path,
        ..Finding::at(
            Severity::Warning,
            at.as_ref().unwrap_or(placed.place()),
            message,
        )
    }
}

/// The part itself, where the config is part of the document.
fn part<'i>(config: &Cursor<'i>, i: usize, j: usize) -> Option<Cursor<'i>> {
    let limit = config.list("limits").into_iter().nth(i)?;
    limit.list("key").into_iter().nth(j)
}
