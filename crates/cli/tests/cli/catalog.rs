//! `catalog` and `schema`.

use std::process::{Command, Stdio};

use hachure_registry::FILTERS;

use crate::command::hachure;

#[test]
fn the_list_has_every_filter_on_a_line() {
    let answer = hachure(&["catalog"]);
    assert_eq!(
        (answer.code, answer.out.lines().count()),
        (0, FILTERS.len())
    );
    for (line, filter) in answer.out.lines().zip(FILTERS) {
        let summary = filter.entry().unwrap().summary;
        assert!(
            line.starts_with(filter.name) && line.ends_with(&summary),
            "{line}"
        );
    }
}

#[test]
fn a_program_reads_the_list_as_json() {
    let list = hachure(&["catalog", "--output", "json"]).json();
    let names: Vec<_> = list
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| &entry["name"])
        .collect();
    let expected: Vec<_> = FILTERS.iter().map(|filter| filter.name).collect();
    assert_eq!(names, expected);
}

#[test]
fn one_entry_is_shown_with_its_readme() {
    for filter in FILTERS {
        let answer = hachure(&["catalog", "show", filter.name]);
        let entry = filter.entry().unwrap();
        assert_eq!(answer.code, 0);
        assert!(
            answer
                .out
                .starts_with(&format!("{} ({} ", entry.name, entry.version))
        );
        assert!(answer.out.contains(&entry.summary));
        assert!(answer.out.trim_end().ends_with(filter.readme.trim_end()));
        for reason in entry.reasons {
            let line = format!("{} {}: {}", reason.status, reason.code, reason.when);
            assert!(answer.out.contains(&line), "{line}");
        }
        let json = hachure(&["catalog", "show", filter.name, "--output", "json"]).json();
        assert_eq!(
            (&json["name"], &json["readme"]),
            (&filter.name.into(), &filter.readme.into())
        );
    }
}

#[test]
fn a_schema_is_that_of_the_filter() {
    for filter in FILTERS {
        let answer = hachure(&["schema", filter.name]);
        assert_eq!(
            (answer.code, answer.json()),
            (0, serde_json::from_str(filter.schema).unwrap())
        );
    }
}

#[test]
fn an_unknown_filter_is_answered_with_those_there_are() {
    for arguments in [&["catalog", "show", "corss"][..], &["schema", "corss"]] {
        let answer = hachure(arguments);
        assert_eq!(answer.code, 2);
        assert!(answer.err.contains("'corss'"), "{}", answer.err);
        assert!(
            FILTERS
                .iter()
                .all(|filter| answer.err.contains(filter.name)),
            "{}",
            answer.err
        );
    }
}

#[test]
fn help_has_examples_everywhere() {
    for command in ["catalog", "schema", "validate", "simulate", "run"] {
        let answer = hachure(&[command, "--help"]);
        assert_eq!(answer.code, 0);
        assert!(
            answer.out.contains(&format!("\n  hachure {command}")),
            "{}",
            answer.out
        );
    }
    let answer = hachure(&[]);
    assert_eq!(answer.code, 2);
    assert!(answer.err.contains("hachure catalog"), "{}", answer.err);
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hachure"));
    command.args(["catalog", "show", FILTERS[0].name]);
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(
        (output.status.code(), output.stderr.as_slice()),
        (Some(0), &b""[..])
    );
}
