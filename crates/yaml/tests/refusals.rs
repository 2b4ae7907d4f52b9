//! What is refused, with the words for it.

#![allow(
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    reason = "a failing test may panic"
)]

use hachure_yaml::{MAX_BYTES, MAX_DEPTH, parse, parse_all};

fn refusal(text: &str) -> String {
    parse(text).unwrap_err().to_string()
}

#[test]
fn says_what_is_wrong_and_where() {
    for (text, expected) in [
        (
            "a: 1\nb: 2\na: 3\n",
            "line 3, column 1: key \"a\" is set twice (first on line 1)",
        ),
        (
            "1: a\n\"1\": b\n",
            "line 2, column 1: key \"1\" is set twice (first on line 1)",
        ),
        (
            "{\"a\": 1, \"a\": 2}",
            "line 1, column 10: key \"a\" is set twice (first on line 1)",
        ),
        ("", "line 1, column 1: there is no document in this text"),
        (
            "a: 1\n---\nb: 2\n",
            "line 3, column 1: a second document begins here; exactly one is expected",
        ),
        (
            "a: .inf\n",
            "line 1, column 4: `.inf` cannot be represented in JSON; write it in quotes if it is a name",
        ),
        (
            "~: a\n",
            "line 1, column 1: `~` cannot be a key; write it in quotes",
        ),
        (
            "[a]: b\n",
            "line 1, column 1: a key must be a scalar, not a list or a mapping",
        ),
        (
            "<<: 1\n",
            "line 1, column 5: `<<` needs a mapping, an alias of a mapping, or a list of those",
        ),
        (
            "x: 1\n<<: {x: 2}\n",
            "line 2, column 1: this merge replaces key \"x\" set on line 1; write `<<` above the keys that it must not replace",
        ),
        (
            "a: !!int x\n",
            "line 1, column 4: `x` cannot be read as !!int",
        ),
        (
            "a: !!binary aGk=\n",
            "line 1, column 4: the tag !!binary is not supported",
        ),
        (
            "a: &a [*a]\n",
            "line 1, column 8: this alias contains itself",
        ),
        (
            "a: &a 1\n---\nb: *a\n",
            "line 3, column 4: this alias names no anchor of this document",
        ),
        (
            "a\n...\nb: 1\n",
            "line 3, column 1: nothing is read between the `...` above and the next `---`",
        ),
        (
            "{a:}\n",
            "line 1, column 2: the colon behind this key needs a space after it",
        ),
    ] {
        assert_eq!(refusal(text), expected, "{text:?}");
    }
}

#[test]
fn every_refusal_is_one_line_with_its_place() {
    for text in [
        "a: [", "a: \"x", "a: b: c", "\t- %", "%", "a: @", "\u{1}", "a: !<x", "&", "*",
    ] {
        let refusal = refusal(text);
        assert!(
            refusal.starts_with("line ") && !refusal.contains('\n'),
            "{text:?}: {refusal}"
        );
    }
}

#[test]
fn nesting_ends_where_serde_json_ends() {
    let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    assert!(parse(&nested(MAX_DEPTH)).is_ok());
    assert!(serde_json::from_str::<serde_json::Value>(&nested(MAX_DEPTH)).is_ok());
    assert!(refusal(&nested(MAX_DEPTH + 1)).contains("nested deeper"));
    for opening in ["[", "{a: ", "- ", "? ", "[{", "{\"a\":"] {
        assert!(parse(&opening.repeat(100_000)).is_err(), "{opening}");
    }
}

#[test]
fn aliases_cannot_pile_up_depth() {
    for pattern in ["[*aN]", "{x: *aN}", "{<<: *aN}"] {
        let mut text = "a0: &a0 {x: 1}\n".to_owned();
        for index in 1..50_000 {
            let value = pattern.replace('N', &(index - 1).to_string());
            text.push_str(&format!("a{index}: &a{index} {value}\n"));
        }
        assert!(refusal(&text).contains("nested deeper"), "{pattern}");
    }
}

#[test]
fn aliases_cannot_multiply() {
    let mut text = "a0: &a0 [x]\n".to_owned();
    for index in 1..12 {
        let aliases = vec![format!("*a{}", index - 1); 9].join(", ");
        text.push_str(&format!("a{index}: &a{index} [{aliases}]\n"));
    }
    assert!(refusal(&text).contains("expand to too much"));

    let long = format!(
        "a: &a {}\nb: [{}]\n",
        "x".repeat(100_000),
        vec!["*a"; 100].join(", ")
    );
    assert!(refusal(&long).contains("expand to too much"));

    let usual = format!("a: &a {{x: 1}}\nb: [{}]\n", vec!["*a"; 200].join(", "));
    assert!(parse(&usual).is_ok());
}

#[test]
fn size_is_bounded() {
    assert!(refusal(&"#".repeat(MAX_BYTES + 1)).contains("longer than"));
}

#[test]
fn many_documents_come_in_order_without_the_empty_ones() {
    let text = "# nothing\n---\na: 1\n---\n---\n# nothing\n---\n~\n--- # end\nb: 2\n...\n";
    let documents = parse_all(text).unwrap();
    let values: Vec<_> = documents
        .iter()
        .map(|document| document.value.to_string())
        .collect();
    assert_eq!(values, ["{\"a\":1}", "null", "{\"b\":2}"]);
    assert_eq!(documents[2].position("b").unwrap().line, 10);
    assert!(parse_all("").unwrap().is_empty());
}

#[test]
fn a_byte_order_mark_and_crlf_are_fine() {
    let document = parse("\u{feff}a: 1\r\nb: 2\r\n").unwrap();
    assert_eq!(
        document.position("b").unwrap().to_string(),
        "line 2, column 4"
    );
    assert!(parse("\u{feff}{\"a\": 1}").is_ok());
}
