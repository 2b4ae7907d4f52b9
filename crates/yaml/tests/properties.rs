//! What holds for every text and every value.

#![allow(
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    reason = "a failing test may panic"
)]

use hachure_yaml::{Document, Segment, parse, parse_all};
use proptest::prelude::*;
use serde_json::{Value, json};

/// Any value, with floats that have a fraction: a whole one comes back as an integer.
fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (-1e9..1e9_f64)
            .prop_filter("a fraction", |f| f.fract() != 0.0)
            .prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        "(y|yes|on|null|~|0x1f|010|1\\.10|1e3|<<|\\.inf|2001-01-01|)".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map("[a-z.\\[\\]<0-9 é\"]{0,6}", inner, 0..6)
                .prop_map(|map| map.into_iter().collect()),
        ]
    })
}

/// Calls `check` for every place below a value.
fn walk<'v>(
    value: &'v Value,
    path: &mut Vec<Segment<'v>>,
    check: &mut impl FnMut(&[Segment<'v>], &Value),
) {
    check(path, value);
    let children: Vec<(Segment<'v>, &Value)> = match value {
        Value::Array(items) => items
            .iter()
            .enumerate()
            .map(|(i, v)| (Segment::Index(i), v))
            .collect(),
        Value::Object(map) => map.iter().map(|(k, v)| (Segment::Key(k), v)).collect(),
        _ => Vec::new(),
    };
    for (segment, child) in children {
        path.push(segment);
        walk(child, path, check);
        path.pop();
    }
}

fn printed(path: &[Segment<'_>]) -> String {
    let mut text = String::new();
    for segment in path {
        match segment {
            Segment::Index(index) => text.push_str(&format!("[{index}]")),
            Segment::Key(key) if text.is_empty() => text.push_str(key),
            Segment::Key(key) => text.push_str(&format!(".{key}")),
        }
    }
    text
}

fn check_places(document: &Document) {
    walk(&document.value, &mut Vec::new(), &mut |path, value| {
        let place = document.place(path);
        assert!(place.is_some(), "{path:?}");
        assert_eq!(
            document.place(path).map(|p| p.value.scalar.is_none()),
            Some(value.is_array() || value.is_object())
        );
        assert!(document.place(&printed(path)).is_some(), "{path:?}");
    });
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn json_comes_back(value in value()) {
        // In a list, because only objects and lists are read as JSON.
        let value = json!([value]);
        for text in [serde_json::to_string(&value).unwrap(), serde_json::to_string_pretty(&value).unwrap()] {
            let document = parse(&text).unwrap();
            prop_assert_eq!(&document.value, &value);
            check_places(&document);
        }
    }

    #[test]
    fn a_key_or_string_in_quotes_stays_a_string(text in "[ -~é漢\\n]{0,12}") {
        let quoted = serde_json::to_string(&text).unwrap();
        let document = parse(&format!("- {quoted}\n- {quoted} : 1\n")).unwrap();
        prop_assert_eq!(&document.value, &json!([&text, {(&text): 1}]));
    }

    #[test]
    fn any_text_is_read_or_refused(text in any::<String>()) {
        let _ = parse_all(&text);
    }

    #[test]
    fn any_yaml_like_text_is_read_or_refused(
        pieces in prop::collection::vec(
            prop_oneof![
                Just("a"), Just("b"), Just("<<"), Just(": "), Just(":"), Just("\n"), Just("\n  "), Just("- "),
                Just("["), Just("]"), Just("{"), Just("}"), Just(","), Just("&a "), Just("*a"), Just("!!int "),
                Just("!"), Just("|"), Just(">-\n"), Just("\""), Just("'"), Just("\\"), Just("#"), Just(" "),
                Just("\t"), Just("?"), Just("\n---\n"), Just("\n...\n"), Just("%"), Just("0x1"), Just("é"),
                Just("~"), Just("1.10"), Just("\r\n"), Just("\u{feff}"), Just("\0"),
            ],
            0..40,
        ),
        path in "[a-z.\\[\\]0-9]{0,10}",
    ) {
        let text = pieces.concat();
        for document in parse_all(&text).unwrap_or_default() {
            check_places(&document);
            let _ = document.nearest(&path);
            let lines = text.lines().count();
            prop_assert!(document.root().value.position.line <= lines);
        }
    }
}
