//! `validate`.

use std::path::{Path, PathBuf};
use std::{env, fs};

use hachure_registry::FILTERS;

use crate::command::{hachure, hachure_in, hachure_reading, hachure_with};

/// Folders with files to validate and the answer in `expected.txt`. With `HACHURE_BLESS=1` the
/// answers are written anew; CI never does that.
fn golden() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/validate");
    let folders = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut folders: Vec<_> = folders.filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}

/// An answer without the names of all filters: a new one changes no expectation.
fn without_catalogue(answer: &str) -> String {
    let names: Vec<_> = FILTERS.iter().map(|filter| filter.name).collect();
    ["a config of ", "a filter of the catalogue: "].iter().fold(
        answer.to_owned(),
        |text, before| {
            let all = format!("{before}{}", names.join(", "));
            text.replace(&all, &format!("{before}…"))
        },
    )
}

#[test]
fn every_folder_gets_its_expected_answer() {
    let blessing = env::var_os("HACHURE_BLESS").is_some() && env::var_os("CI").is_none();
    let folders = golden();
    assert!(folders.len() >= 8, "the folders are gone");
    for folder in folders {
        let files = fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name());
        let files = files.map(|name| name.into_string().unwrap());
        let mut files: Vec<_> = files.filter(|name| name.ends_with(".yaml")).collect();
        files.sort();
        let mut arguments = vec!["validate"];
        arguments.extend(files.iter().map(String::as_str));
        let answer = hachure_in(&folder, &arguments);
        let seen = format!("{}exit code {}\n", answer.out, answer.code);
        let seen = without_catalogue(&seen);
        assert_eq!(answer.err, "", "{}", folder.display());
        let expected = folder.join("expected.txt");
        if blessing {
            fs::write(&expected, &seen).unwrap();
        }
        let expected = fs::read_to_string(&expected).unwrap_or_default();
        assert_eq!(seen, expected, "in {}", folder.display());
    }
}

#[test]
fn a_program_reads_findings_as_json() {
    let config = "rules:\n- phase: request\n  operation: {set: {name: x-a, value: 1.10}}\n";
    let answer = hachure_with(
        &[("a.yaml", config)],
        &[
            "validate",
            "--filter",
            "header-mutation",
            "a.yaml",
            "--output",
            "json",
        ],
    );
    assert_eq!(answer.code, 1);
    let report = answer.json();
    assert_eq!(report["ok"], false);
    assert_eq!(report["configs"][0]["filter"], "header-mutation");
    let finding = &report["findings"][0];
    assert_eq!(finding["severity"], "error");
    assert_eq!(
        (&finding["line"], &finding["column"]),
        (&3.into(), &39.into())
    );
    assert_eq!(finding["configPath"], "rules[0].operation.set.value");
    assert!(
        finding["message"].as_str().unwrap().contains("`1.10`"),
        "{finding}"
    );
}

#[test]
fn standard_input_is_a_file() {
    let policy = "\
apiVersion: v1
kind: List
items:
- apiVersion: gateway.envoyproxy.io/v1alpha1
  kind: EnvoyExtensionPolicy
  metadata: {name: a}
  spec:
    wasm:
    - {name: cors, config: {origins: []}}
";
    let answer = hachure_reading(Path::new("/"), &["validate", "-"], policy);
    assert_eq!(answer.code, 1);
    assert!(
        answer.out.starts_with("-:9:38: error: cors: origins: "),
        "{}",
        answer.out
    );
}

#[test]
fn a_file_that_cannot_be_read_is_named_and_the_others_are_checked() {
    let good = "origins: [\"https://app.example.com\"]\n";
    let answer = hachure_with(
        &[("good.yaml", good)],
        &["validate", "no.yaml", ".", "good.yaml"],
    );
    assert_eq!(answer.code, 1);
    assert!(answer.out.starts_with(
        "no.yaml: error: there is no such file\n\
         .: error: this is a folder: name the files in it\n\
         3 files, 1 filter config (cors): 2 errors"
    ));
    assert_eq!(hachure(&["validate"]).code, 2);
}

#[test]
fn a_case_takes_its_filter_from_its_folder() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("filters/cors/cases");
    fs::create_dir_all(&folder).unwrap();
    let case = "title: t\nconfig: {origins: []}\nsteps: [{request: {headers: {}}}]\n";
    fs::write(folder.join("a.yaml"), case).unwrap();
    let answer = hachure_in(&folder, &["validate", "a.yaml"]);
    assert_eq!(answer.code, 1);
    assert!(
        answer
            .out
            .starts_with("a.yaml:2:19: error: cors: origins: "),
        "{}",
        answer.out
    );
    fs::write(root.path().join("a.yaml"), case).unwrap();
    let answer = hachure_in(root.path(), &["validate", "a.yaml"]);
    assert!(
        answer.out.contains("of which filter? Say it with --filter"),
        "{}",
        answer.out
    );
    let answer = hachure_in(root.path(), &["validate", "a.yaml", "--filter", "cors"]);
    assert!(
        answer
            .out
            .starts_with("a.yaml:2:19: error: cors: origins: "),
        "{}",
        answer.out
    );
}

#[test]
fn every_case_and_example_of_the_catalogue_is_valid() {
    let filters = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../filters");
    for filter in hachure_registry::FILTERS {
        for folder in ["cases", "examples"] {
            let folder = filters.join(filter.name).join(folder);
            let files = fs::read_dir(&folder)
                .unwrap()
                .map(|entry| entry.unwrap().path());
            let files: Vec<_> = files
                .map(|file| file.to_str().unwrap().to_owned())
                .collect();
            assert!(!files.is_empty(), "{} is empty", folder.display());
            let mut arguments = vec!["validate"];
            arguments.extend(files.iter().map(String::as_str));
            let answer = hachure(&arguments);
            assert_eq!(answer.code, 0, "{}", answer.out);
        }
    }
}
