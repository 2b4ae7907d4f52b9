//! Envoy by itself: a bootstrap.

use std::collections::BTreeMap;

use hachure_catalog::Entry;
use serde_json::{Value, json};

use crate::document::Document;
use crate::stats_config;

/// A bootstrap, with labels for the metrics of the filters in it and comments. `checksums` are those
/// of the modules' files, by filter.
pub fn envoy(
    mut bootstrap: Value,
    entries: &[Entry],
    checksums: &BTreeMap<String, String>,
) -> Vec<Document> {
    if let Some(members) = bootstrap.as_object_mut() {
        members.insert("stats_config".to_owned(), stats_config(entries));
    }
    legible(&mut bootstrap);
    let manager = "static_resources.listeners[0].filter_chains[0].filters[0].typed_config";
    let mut document = Document::of(bootstrap)
        .say(
            "For Envoy 1.36 and newer with the V8 engine: envoy --config-path FILE\n\
             - A trap costs the requests of one worker, and a second later there is a new VM \
             (failure_policy FAIL_RELOAD), unless the filter says failOpen.\n\
             - Every module may call what its filter declares, and nothing else. From Envoy 1.40 on \
             capability_restriction_config may stand in vm_config instead; this place still works.",
        )
        .say(&said(checksums))
        .note("admin", "Who reaches this can end Envoy and read its configuration: loopback alone.")
        .note("stats_config", "Labels of the filters' metrics in /stats/prometheus.")
        .note(
            "static_resources.listeners[0].address",
            "Loopback alone, for a first try: 0.0.0.0 serves others.",
        )
        .note(
            format!("{manager}.access_log"),
            "It names filter and reason of every refusal.",
        )
        .note(
            format!("{manager}.normalize_path"),
            "Filters, routes and the upstream see one and the same path.",
        );
    for (place, name) in filters(&document.value, manager) {
        document = document.note(format!("{manager}.http_filters[{place}]"), name);
    }
    vec![document]
}

/// Envoy does not check files: what they should hold is said for who puts them there.
fn said(checksums: &BTreeMap<String, String>) -> String {
    let lines = checksums
        .iter()
        .map(|(filter, sum)| format!("- {filter}.wasm has to have the SHA-256 {sum}.\n"));
    lines.collect()
}

/// A line above each filter of ours that a route turns on.
fn filters(bootstrap: &Value, manager: &str) -> Vec<(usize, String)> {
    let pointer = format!("/{}", manager.replace(['.', '['], "/").replace(']', ""));
    let filters = bootstrap.pointer(&format!("{pointer}/http_filters"));
    let filters = filters.and_then(Value::as_array).into_iter().flatten();
    let off = filters
        .enumerate()
        .filter(|(_, filter)| filter.get("disabled") == Some(&json!(true)));
    let text = "Off but for the routes that turn it on in typed_per_filter_config.";
    off.map(|(place, _)| (place, text.to_owned())).collect()
}

/// Breaks the JSON text of every filter's config into lines.
pub(crate) fn legible(value: &mut Value) {
    match value {
        Value::Object(members) => {
            if let Some(text) = members
                .get_mut("configuration")
                .and_then(|any| any.get_mut("value"))
            {
                let config = text
                    .as_str()
                    .and_then(|text| serde_json::from_str::<Value>(text).ok());
                if let Some(Ok(lines)) = config.map(|config| serde_json::to_string_pretty(&config))
                {
                    *text = Value::from(lines);
                }
            }
            members.values_mut().for_each(legible);
        }
        Value::Array(items) => items.iter_mut().for_each(legible),
        _ => {}
    }
}
