//! Laws that hold for every document.

#![allow(clippy::unwrap_used, reason = "this is a test")]

use hachure_json::{Document, Mapping, Operation, Pointer, quote, unquote};
use proptest::prelude::*;
use serde_json::Value;

/// Objects of few names, so that operations meet something; numbers in forms of their own.
fn value() -> impl Strategy<Value = String> {
    let blank = prop::sample::select(vec!["", " ", "\n\t"]);
    let scalar = prop_oneof![
        prop::sample::select(vec![
            "null",
            "true",
            "1",
            "-0",
            "1.50",
            "1e400",
            "123456789012345678901234567890"
        ])
        .prop_map(str::to_owned),
        "[a-c,]{0,4}".prop_map(|s| quote(&s)),
        Just("\"\\u00e9\\n\"".to_owned()),
    ];
    let names = || prop::sample::subsequence(vec!["a", "b", "c", "d"], 0..4);
    scalar.prop_recursive(4, 40, 5, move |inner| {
        let blank = blank.clone();
        prop_oneof![
            (prop::collection::vec(inner.clone(), 0..5), blank.clone())
                .prop_map(|(list, blank)| format!("[{blank}{}]", list.join(&format!(",{blank}")))),
            (names(), prop::collection::vec(inner, 4), blank).prop_map(|(names, values, blank)| {
                let member = |(name, value): (&&str, &String)| format!("\"{name}\":{blank}{value}");
                let members: Vec<_> = names.iter().zip(&values).map(member).collect();
                format!("{{{}{blank}}}", members.join(","))
            }),
        ]
    })
}

fn pointer() -> impl Strategy<Value = Pointer> {
    let step = prop::sample::select(vec!["a", "b", "c", "*", "0", "-"]);
    prop::collection::vec(step, 0..4)
        .prop_map(|steps| {
            Pointer::parse(&steps.iter().map(|s| format!("/{s}")).collect::<String>())
        })
        .prop_map(Result::unwrap)
}

fn operation() -> impl Strategy<Value = Operation> {
    let names = || prop::sample::select(vec!["a", "b", "x"]);
    let mapping = || Mapping {
        from: "1".into(),
        to: "\"one\"".into(),
    };
    (pointer(), pointer(), names(), value(), 0..12_u8).prop_filter_map(
        "an operation",
        move |(at, to, name, value, kind)| match kind {
            0 => Operation::rename(at, name).ok(),
            1 => Operation::relocate(&at, &to).ok(),
            2 => Operation::copy(&at, &to).ok(),
            3 => Operation::remove(at).ok(),
            4 => Some(Operation::add(at, value)),
            5 => Operation::default(at, value).ok(),
            6 => Some(Operation::wrap(at, (name != "x").then(|| name.to_owned()))),
            7 => Some(Operation::unwrap_value(
                at,
                (name != "x").then(|| name.to_owned()),
            )),
            8 => Some(Operation::map(at, vec![mapping()], None)),
            9 => Operation::split(at, ",".into(), vec![]).ok(),
            10 => Operation::split(at, ",".into(), vec!["a".into(), "b".into()]).ok(),
            _ => Operation::join(at, ",".into(), vec!["a".into(), "b".into()]).ok(),
        },
    )
}

fn after(text: &str, operations: &[Operation]) -> Option<String> {
    let mut document = Document::parse(text).ok()?;
    for operation in operations {
        operation.apply(&mut document).ok()?;
    }
    document.into_text(1_000_000).ok()
}

/// The text without blanks between its parts.
fn compact(text: &str) -> String {
    text.replace([' ', '\n', '\t'], "")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn no_operations_give_the_same_bytes(text in value()) {
        let document = Document::parse(&text).unwrap();
        prop_assert!(!document.is_changed());
        prop_assert_eq!(document.into_text(1_000_000).unwrap(), text);
    }

    #[test]
    fn any_bytes_and_operations_end_without_a_panic(text in "\\PC{0,40}", operations in prop::collection::vec(operation(), 0..4)) {
        let _ = after(&text, &operations);
    }

    #[test]
    fn what_comes_out_is_json_again(text in value(), operations in prop::collection::vec(operation(), 0..6)) {
        if let Some(text) = after(&text, &operations) {
            prop_assert!(Document::parse(&text).is_ok(), "{}", text);
        }
    }

    #[test]
    fn an_operation_that_changes_nothing_says_so(text in value(), operation in operation()) {
        let mut document = Document::parse(&text).unwrap();
        if operation.apply(&mut document).is_ok() && !document.is_changed() {
            prop_assert_eq!(compact(&document.into_text(1_000_000).unwrap()), compact(&text));
        }
    }

    #[test]
    fn a_rename_and_its_inverse_leave_the_document(text in value(), way in pointer()) {
        let there = Pointer::parse(&format!("{way}/a"));
        let back = Pointer::parse(&format!("{way}/fresh"));
        prop_assume!(there.is_ok());
        let forward = Operation::rename(there.unwrap(), "fresh").unwrap();
        let inverse = Operation::rename(back.unwrap(), "a").unwrap();
        let again = after(&text, &[forward, inverse]).unwrap();
        prop_assert_eq!(compact(&again), compact(&text));
    }

    #[test]
    fn wrap_and_unwrap_leave_the_document(text in value(), at in pointer(), list in any::<bool>()) {
        let member = (!list).then(|| "fresh".to_owned());
        let forward = Operation::wrap(at.clone(), member.clone());
        let inverse = Operation::unwrap_value(at, member);
        let again = after(&text, &[forward, inverse]).unwrap();
        prop_assert_eq!(compact(&again), compact(&text));
    }

    #[test]
    fn a_move_and_its_inverse_leave_the_same_value(text in value(), to in "[x-z]") {
        let (a, to) = (Pointer::parse("/a").unwrap(), Pointer::parse(&format!("/new/{to}")).unwrap());
        let forward = Operation::relocate(&a, &to).unwrap();
        let back = Operation::relocate(&to, &a).unwrap();
        let tidy = Operation::remove(Pointer::parse("/new").unwrap()).unwrap();
        let again = after(&text, &[forward, back, tidy]).unwrap();
        // In another order: a member that comes back is the last.
        let value = |text: &str| serde_json::from_str::<Value>(&text.replace("1e400", "1e40"));
        prop_assert_eq!(value(&again).unwrap(), value(&text).unwrap());
    }

    #[test]
    fn split_and_join_leave_the_string(text in "[a-c,]{0,8}") {
        let at = Pointer::parse("").unwrap();
        let split = Operation::split(at.clone(), ",".into(), vec![]).unwrap();
        let join = Operation::join(at, ",".into(), vec![]).unwrap();
        prop_assert_eq!(after(&quote(&text), &[split, join]).unwrap(), quote(&text));
    }

    #[test]
    fn quoted_text_is_json_for_the_same_characters(text in "(\\PC|[\0-\u{1f}]){0,20}") {
        let quoted = quote(&text);
        prop_assert_eq!(serde_json::from_str::<String>(&quoted).unwrap(), text.clone());
        prop_assert_eq!(unquote(&quoted).unwrap(), text);
    }
}
