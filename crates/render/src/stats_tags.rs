//! Labels of metrics.
//!
//! Wasm's ABI has metric names alone, so that a filter's labels stand in the name:
//! `wasmcustom.hachure.quota.request.limit.daily.outcome.allowed`. Envoy's `stats_tags` take them
//! out again, and `/stats/prometheus` shows them as labels.

use std::collections::BTreeMap;

use hachure_catalog::{Entry, MetricEntry};
use serde_json::{Value, json};

/// `envoy.config.metrics.v3.StatsConfig` for the metrics of these filters.
pub fn stats_config<'e>(entries: impl IntoIterator<Item = &'e Entry>) -> Value {
    // A tag may be named once only: all that stands before a label is one of several.
    let mut before: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for metric in entries.into_iter().flat_map(|entry| &entry.metrics) {
        for (place, label) in metric.labels.iter().enumerate() {
            let stem = stem(metric, place);
            let stems = before.entry(label).or_default();
            if !stems.contains(&stem) {
                stems.push(stem);
            }
        }
    }
    let tags = before.into_iter().map(|(label, stems)| {
        let stems = stems.join("|");
        let regex = format!(r"^wasmcustom\.hachure\.(?:{stems})(\.{label}\.([^.]+))");
        json!({"tag_name": label, "regex": regex})
    });
    json!({"stats_tags": tags.collect::<Vec<_>>()})
}

/// The metric's name and its labels before that one, as a regular expression.
fn stem(metric: &MetricEntry, place: usize) -> String {
    let name = metric.name.replace('.', r"\.");
    let earlier = metric.labels.iter().take(place);
    let earlier: String = earlier.map(|label| format!(r"\.{label}\.[^.]+")).collect();
    format!("{name}{earlier}")
}

#[cfg(test)]
mod tests {
    use hachure_registry::Filter;

    use super::*;

    #[test]
    fn a_label_stands_behind_its_metric_and_the_labels_before_it() {
        let entry = Filter::find("quota").unwrap().entry().unwrap();
        let config = stats_config([&entry, &entry]);
        let outcome = json!({
            "tag_name": "outcome",
            "regex": r"^wasmcustom\.hachure\.(?:quota\.request\.limit\.[^.]+)(\.outcome\.([^.]+))",
        });
        let tags = config["stats_tags"].as_array().unwrap();
        assert!(tags.contains(&outcome), "{config:#}");
        let names: Vec<_> = tags.iter().map(|tag| tag["tag_name"].as_str()).collect();
        assert_eq!(names, [Some("limit"), Some("outcome"), Some("reason")]);
    }
}
