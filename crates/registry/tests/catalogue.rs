//! What a filter's folder says is what its policy does.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "this is a test"
)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use hachure_casefile::Case;
use hachure_catalog::{PhaseName, Status};
use hachure_exchange::Phase;
use hachure_registry::{FILTERS, Filter};
use serde_json::Value;

fn folder(filter: &Filter) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../filters")
        .join(filter.name)
}

fn cases(filter: &Filter, kind: &str) -> Vec<(String, Case)> {
    let files = std::fs::read_dir(folder(filter).join(kind)).unwrap();
    let read = |file: PathBuf| {
        let name = file.display().to_string();
        let case = Case::parse(&std::fs::read_to_string(&file).unwrap());
        (name.clone(), case.unwrap_or_else(|e| panic!("{name}: {e}")))
    };
    files.map(|file| read(file.unwrap().path())).collect()
}

#[test]
fn every_folder_with_a_policy_is_registered() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../filters");
    let folders: BTreeSet<String> = std::fs::read_dir(root)
        .unwrap()
        .map(|f| f.unwrap())
        .filter(|f| f.path().join("policy/Cargo.toml").is_file())
        .map(|f| f.file_name().into_string().unwrap())
        .collect();
    let registered: BTreeSet<String> = FILTERS.iter().map(|f| f.name.to_owned()).collect();
    assert_eq!(folders, registered, "run `cargo xtask gen`");
    assert!(!registered.is_empty());
}

#[test]
fn entries_say_what_the_policies_do() {
    for filter in FILTERS {
        let entry = filter
            .entry()
            .unwrap_or_else(|e| panic!("{}: {e}", filter.name));
        assert_eq!(entry.name, filter.name);
        let listed: BTreeSet<_> = entry.reasons.iter().map(|r| (&*r.code, r.status)).collect();
        let used: BTreeSet<_> = filter.reasons.iter().map(|r| (r.code, r.status)).collect();
        assert_eq!(listed, used, "{}: reasons", filter.name);
        let listed: BTreeSet<_> = entry.phases.iter().copied().collect();
        let used: BTreeSet<_> = filter.phases.iter().map(|p| phase_name(*p)).collect();
        assert_eq!(listed, used, "{}: phases", filter.name);
        let (listed, used) = (&entry.capabilities, filter.capabilities);
        assert_eq!(
            (listed.callouts, listed.shared_data, listed.timers),
            (used.callouts, used.shared_data, used.timers),
            "{}: capabilities",
            filter.name
        );
        let foreign = listed.foreign_functions || !used.signatures;
        assert!(foreign, "{}: signatures are foreignFunctions", filter.name);
    }
}

fn phase_name(phase: Phase) -> PhaseName {
    match phase {
        Phase::RequestHeaders => PhaseName::RequestHeaders,
        Phase::RequestBody => PhaseName::RequestBody,
        Phase::ResponseHeaders => PhaseName::ResponseHeaders,
        Phase::ResponseBody => PhaseName::ResponseBody,
    }
}

/// Every series that any case's or example's config makes is in `metrics` of `filter.yaml`, and
/// every entry there is made by one of them.
#[test]
fn entries_list_the_metrics() {
    for filter in FILTERS {
        let entry = filter.entry().unwrap();
        let listed: BTreeSet<_> = entry
            .metrics
            .iter()
            .map(|m| (m.name.clone(), m.labels.clone()))
            .collect();
        let mut made = BTreeSet::new();
        for (_, case) in cases(filter, "cases")
            .into_iter()
            .chain(cases(filter, "examples"))
        {
            if case.config_error.is_none() {
                let policy = (filter.compile)(case.config.to_string().as_bytes()).unwrap();
                made.extend(
                    policy
                        .metrics()
                        .names()
                        .iter()
                        .map(|name| name_and_labels(name)),
                );
            }
        }
        assert_eq!(listed, made, "{}: metrics", filter.name);
    }
}

/// `hachure.cors.preflight.outcome.allowed` to `cors.preflight` and its labels.
fn name_and_labels(series: &str) -> (String, Vec<String>) {
    let parts: Vec<_> = series.split('.').collect();
    let labels = parts[3..]
        .chunks(2)
        .map(|pair| pair[0].to_owned())
        .collect();
    (parts[1..3].join("."), labels)
}

#[test]
fn filters_have_cases_and_examples() {
    for filter in FILTERS {
        let (cases, examples) = (cases(filter, "cases"), cases(filter, "examples"));
        let numbers = (cases.len(), examples.len());
        let wanted = match filter.entry().unwrap().status {
            Status::Wip => (1, 1),
            Status::Alpha | Status::Beta | Status::Stable => (25, 3),
        };
        assert!(
            numbers.0 >= wanted.0 && numbers.1 >= wanted.1,
            "{}: {numbers:?} cases and examples, wanted {wanted:?}",
            filter.name
        );
        let configs = examples
            .iter()
            .filter(|(_, c)| c.config_error.is_none())
            .count();
        assert_eq!(
            configs,
            examples.len(),
            "{}: an example shows a config that works",
            filter.name
        );
    }
}

/// The schema and the types agree: what compiles is valid, and the schema's own examples compile.
#[test]
fn schemas_accept_what_compiles() {
    for filter in FILTERS {
        let schema: Value = serde_json::from_str(filter.schema).unwrap();
        let validator = jsonschema::draft202012::new(&schema).unwrap();
        let valid = |config: &Value, source: &str| {
            let errors = validator.iter_errors(config).map(|e| e.to_string());
            assert_eq!(errors.collect::<Vec<_>>(), [""; 0], "{source}");
        };
        for (file, case) in cases(filter, "cases")
            .into_iter()
            .chain(cases(filter, "examples"))
        {
            if case.config_error.is_none() {
                valid(&case.config, &file);
            }
        }
        let examples = schema["examples"].as_array().unwrap();
        assert!(!examples.is_empty(), "{}", filter.name);
        for example in examples {
            valid(example, filter.name);
            let compiled = (filter.compile)(example.to_string().as_bytes());
            assert!(compiled.is_ok(), "{}: {example}", filter.name);
        }
    }
}

/// Every field is described, by itself or as the only one of its object, and every example of a
/// part is valid for that part.
#[test]
fn schemas_describe_every_field() {
    for filter in FILTERS {
        let schema: Value = serde_json::from_str(filter.schema).unwrap();
        let mut parts = vec![&schema];
        while let Some(part) = parts.pop() {
            for (key, value) in part.as_object().into_iter().flatten() {
                match (key.as_str(), value) {
                    ("examples", Value::Array(examples)) => {
                        let mut alone = part.clone();
                        if let Some(shared) = schema.get("$defs") {
                            alone["$defs"] = shared.clone();
                        }
                        for example in examples {
                            let valid = jsonschema::draft202012::is_valid(&alone, example);
                            assert!(valid, "{}: {example}", filter.name);
                        }
                    }
                    ("properties", Value::Object(fields)) => {
                        let only = part.get("description").is_some() && fields.len() == 1;
                        for (name, field) in fields {
                            let described = field.get("description").is_some();
                            let refers = field.get("$ref").is_some();
                            assert!(only || described || refers, "{}: {name}", filter.name);
                            parts.push(field);
                        }
                    }
                    ("oneOf" | "anyOf" | "allOf", Value::Array(inner)) => parts.extend(inner),
                    ("$defs", Value::Object(inner)) => parts.extend(inner.values()),
                    ("items" | "additionalProperties" | "not", inner) => parts.push(inner),
                    _ => {}
                }
            }
        }
    }
}

/// A reader who knows one filter's README knows all of them.
#[test]
fn readmes_have_the_same_sections() {
    const SECTIONS: [&str; 6] = [
        "## What it decides",
        "## Config",
        "## Responses",
        "## Metrics",
        "## Limits and failure modes",
        "## Native alternative: use it when",
    ];
    for filter in FILTERS {
        for section in SECTIONS {
            let found = filter.readme.lines().any(|line| line == section);
            assert!(
                found,
                "filters/{}/README.md lacks the section `{section}`",
                filter.name
            );
        }
    }
}
