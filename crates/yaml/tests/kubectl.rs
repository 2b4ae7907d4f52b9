//! Compares with what `sigs.k8s.io/yaml` makes of the same text (`kubectl.tsv`).

#![allow(
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    reason = "a failing test may panic"
)]

use serde_json::Value;

const TABLE: &str = include_str!("kubectl.tsv");

/// Texts on which `kubectl` differs, and why. One of both always refuses: they never read two
/// different values.
const DIFFERENCES: &[(&str, &str)] = &[
    (
        "a: \"\\/\"\n",
        "accepted: kubectl knows this escape in JSON alone",
    ),
    (
        "\ta: b\n",
        "accepted: a tab before the root is no indentation",
    ),
    ("- \ta\n", "accepted: a tab behind the dash"),
    ("-\ta\n", "accepted: a tab behind the dash"),
    ("a:\tb\n", "refused by the parser: a tab behind the colon"),
    (
        "a: \"b\"#c\n",
        "refused by the parser: a comment needs a space",
    ),
    (
        "a: [b,\nc]\n",
        "refused by the parser: a flow collection must be indented",
    ),
    (
        "a: [\nb\n]\n",
        "refused by the parser: a flow collection must be indented",
    ),
    ("a: !!binary aGk=\n", "refused: bytes have no place in JSON"),
    (
        "a: !!timestamp 2001-01-01\n",
        "refused: times have no place in JSON",
    ),
    ("a: 1\na: 2\n", "refused: set twice"),
    ("a: 1\n\"a\": 2\n", "refused: set twice"),
    ("yes: 1\ntrue: 2\n", "refused: set twice"),
    ("{a: 1, a: 2}\n", "refused: set twice"),
    ("a: {b: 1, b: 1}\n", "refused: set twice"),
    ("x: 2\n<<: {x: 1}\n", "refused: the merge replaces"),
    ("# c\n", "refused: no document"),
    ("\n", "refused: no document"),
    ("---\n", "refused: no document"),
    ("a\n...\nb\n", "refused: b would be dropped"),
    (
        "a: ?x\n",
        "refused: inside [] and {} this would be ambiguous",
    ),
    ("[?a]\n", "refused: ambiguous"),
    ("{?a: b}\n", "refused: ambiguous"),
    ("{a:}\n", "refused: ambiguous"),
    ("[a:]\n", "refused: ambiguous"),
    ("{a :,}\n", "refused: ambiguous"),
    ("{a: 1, b:}\n", "refused: ambiguous"),
    ("|\nx\n", "refused: ambiguous"),
    ("a: &ab:c\n", "refused: ambiguous"),
    ("[!a, b]\n", "refused: ambiguous"),
    ("[! :a, b]\n", "refused: ambiguous"),
    (
        "a: \"\u{2028}\"\n",
        "refused: a line break to kubectl alone",
    ),
    (
        "a: b\u{feff}c\n",
        "refused: nothing to the parser, text to kubectl",
    ),
];

#[test]
fn reads_as_kubectl_does() {
    let mut wrong = Vec::new();
    let mut differing = 0;
    for line in TABLE.lines().filter(|line| !line.starts_with('#')) {
        let (text, expected) = line.split_once('\t').unwrap();
        let text: String = serde_json::from_str(text).unwrap();
        let expected: Option<Value> = match expected {
            "error" => None,
            json => Some(serde_json::from_str(json).unwrap()),
        };
        let read = hachure_yaml::parse(&text).map(|document| document.value);
        let is_known = DIFFERENCES.iter().any(|(known, _)| *known == text);
        differing += usize::from(is_known);
        let is_as_expected = match (&read, &expected) {
            (Ok(value), Some(expected)) => value == expected && !is_known,
            (Err(_), None) => !is_known,
            _ => is_known,
        };
        if !is_as_expected {
            wrong.push(format!("{text:?}: kubectl {expected:?}, here {read:?}"));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} differ:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert_eq!(
        differing,
        DIFFERENCES.len(),
        "a known difference is not in the table"
    );
}
