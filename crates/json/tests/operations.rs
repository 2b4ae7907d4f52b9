//! What each operation does, and what it leaves alone.

#![allow(clippy::unwrap_used, reason = "this is a test")]

use hachure_json::{Document, Mapping, Operation, Pointer, Problem, Wrong};

fn at(pointer: &str) -> Pointer {
    Pointer::parse(pointer).unwrap()
}

fn done(operation: &Operation, text: &str) -> Result<String, Problem> {
    let mut document = Document::parse(text)?;
    operation.apply(&mut document)?;
    match document.is_changed() {
        true => document.into_text(10_000),
        false => Ok(text.to_owned()),
    }
}

#[track_caller]
fn check(operation: Operation, examples: &[(&str, &str)]) {
    for (before, after) in examples {
        assert_eq!(done(&operation, before).as_deref(), Ok(*after), "{before}");
    }
}

#[test]
fn rename() {
    check(
        Operation::rename(at("/a"), "b").unwrap(),
        &[
            (
                r#"{"x":1, "a" : 1.50 , "y":2}"#,
                r#"{"x":1,"b":1.50,"y":2}"#,
            ),
            // What was there is replaced.
            (r#"{"b":1,"a":2,"c":3}"#, r#"{"b":2,"c":3}"#),
            // A key is its characters, however it is written.
            (r#"{"\u0061":1}"#, r#"{"b":1}"#),
            (r#"{ "c": 1 }"#, r#"{ "c": 1 }"#),
            ("[1]", "[1]"),
            ("7", "7"),
        ],
    );
    check(
        Operation::rename(at("/list/*/a"), "b").unwrap(),
        &[
            (
                r#"{"list":[{"a":1},{"c":2},[],{"a":{"a":3}}]}"#,
                r#"{"list":[{"b":1},{"c":2},[],{"b":{"a":3}}]}"#,
            ),
            (r#"{"list":{"a":1}}"#, r#"{"list":{"a":1}}"#),
        ],
    );
    check(
        Operation::rename(at("/a"), "say \"hi\"\n").unwrap(),
        &[(r#"{"a":1}"#, r#"{"say \"hi\"\n":1}"#)],
    );
    assert!(Operation::rename(at("/a/*"), "b").is_err());
    assert!(Operation::rename(at(""), "b").is_err());
}

#[test]
fn relocate() {
    check(
        Operation::relocate(&at("/a/b"), &at("/c/d")).unwrap(),
        &[
            (r#"{"a":{"b":1,"x":2}}"#, r#"{"a":{"x":2},"c":{"d":1}}"#),
            (r#"{"c":{"d":0},"a":{"b":1}}"#, r#"{"c":{"d":1},"a":{}}"#),
            // There is no place for it: it stays where it is.
            (
                r#"{"c":7,"a":{"x":0,"b":1,"y":2}}"#,
                r#"{"c":7,"a":{"x":0,"b":1,"y":2}}"#,
            ),
            (r#"{"a":{}}"#, r#"{"a":{}}"#),
        ],
    );
    check(
        Operation::relocate(&at("/items/*/sku"), &at("/items/*/product/id")).unwrap(),
        &[(
            r#"{"items":[{"sku":"a","n":1},{"n":2},{"sku":"b"}]}"#,
            r#"{"items":[{"n":1,"product":{"id":"a"}},{"n":2},{"product":{"id":"b"}}]}"#,
        )],
    );
    check(
        Operation::relocate(&at("/a/b"), &at("/a")).unwrap(),
        &[(r#"{"a":{"b":[1]}}"#, r#"{"a":[1]}"#)],
    );
    check(
        Operation::relocate(&at("/list/0"), &at("/list/-")).unwrap(),
        &[(r#"{"list":[1,2,3]}"#, r#"{"list":[2,3,1]}"#)],
    );
    let refused = |from, to| Operation::relocate(&at(from), &at(to)).is_err();
    assert!(refused("/a", "/a/b"));
    assert!(refused("/a/*/b", "/c/*/b"));
    assert!(refused("/a/*/b", "/c"));
    assert!(refused("", "/a"));
}

#[test]
fn copy() {
    check(
        Operation::copy(&at("/a"), &at("/b/c")).unwrap(),
        &[
            (
                r#"{"a":{"x":1e5}}"#,
                r#"{"a":{"x":1e5},"b":{"c":{"x":1e5}}}"#,
            ),
            (r#"{"b":1}"#, r#"{"b":1}"#),
        ],
    );
}

#[test]
fn remove() {
    check(
        Operation::remove(at("/a/b")).unwrap(),
        &[
            (r#"{"a":{"b":1,"c":2}}"#, r#"{"a":{"c":2}}"#),
            (r#"{"a":[]}"#, r#"{"a":[]}"#),
        ],
    );
    check(
        Operation::remove(at("/a/1")).unwrap(),
        &[(r#"{"a":[0,1,2]}"#, r#"{"a":[0,2]}"#)],
    );
    check(
        Operation::remove(at("/a/*")).unwrap(),
        &[
            (r#"{"a":[0,1,2]}"#, r#"{"a":[]}"#),
            (r#"{"a":{}}"#, r#"{"a":{}}"#),
        ],
    );
    assert!(Operation::remove(at("")).is_err());
}

#[test]
fn add_and_default() {
    check(
        Operation::add(at("/a/b"), "[1]".into()),
        &[
            ("{}", r#"{"a":{"b":[1]}}"#),
            (r#"{"a":{"b":0}}"#, r#"{"a":{"b":[1]}}"#),
            (r#"{"a":7}"#, r#"{"a":7}"#),
        ],
    );
    check(
        Operation::default(at("/items/*/n"), "1".into()).unwrap(),
        &[(
            r#"{"items":[{},{"n":null},{"n":2}]}"#,
            r#"{"items":[{"n":1},{"n":null},{"n":2}]}"#,
        )],
    );
    check(
        Operation::add(at("/a/1"), "9".into()),
        &[
            (r#"{"a":[1,2]}"#, r#"{"a":[1,9,2]}"#),
            (r#"{"a":[]}"#, r#"{"a":[]}"#),
        ],
    );
}

#[test]
fn wrap_and_unwrap() {
    check(
        Operation::wrap(at(""), Some("data".into())),
        &[("[1, 2]", r#"{"data":[1, 2]}"#)],
    );
    check(
        Operation::wrap(at("/a"), None),
        &[(r#"{"a":1}"#, r#"{"a":[1]}"#)],
    );
    check(
        Operation::unwrap_value(at(""), Some("data".into())),
        &[
            (r#"{"data":[1, 2],"n":2}"#, "[1, 2]"),
            (r#"{"n":2}"#, r#"{"n":2}"#),
        ],
    );
    check(
        Operation::unwrap_value(at("/a"), None),
        &[
            (r#"{"a":[1]}"#, r#"{"a":1}"#),
            (r#"{"a":[1,2]}"#, r#"{"a":[1,2]}"#),
        ],
    );
}

#[test]
fn map() {
    let mapping = |from: &str, to: &str| Mapping {
        from: from.into(),
        to: to.into(),
    };
    let mappings = vec![mapping("\"OPEN\"", "\"open\""), mapping("1", "\"one\"")];
    check(
        Operation::map(at("/a/*"), mappings.clone(), None),
        &[(
            r#"{"a":["OPEN","\u004fPEN",1,1.0,"1","x",[1]]}"#,
            r#"{"a":["open","open","one",1.0,"1","x",[1]]}"#,
        )],
    );
    check(
        Operation::map(at("/a"), mappings, Some("null".into())),
        &[
            (r#"{"a":"OPEN"}"#, r#"{"a":"open"}"#),
            (r#"{"a":"x"}"#, r#"{"a":null}"#),
        ],
    );
}

#[test]
fn split_and_join() {
    let names = || vec!["first".to_owned(), "last".to_owned()];
    check(
        Operation::split(at("/name"), " ".into(), names()).unwrap(),
        &[
            (
                r#"{"a":1,"name":"A B C","b":2}"#,
                r#"{"a":1,"first":"A","last":"B C","b":2}"#,
            ),
            (r#"{"last":"x","name":"A"}"#, r#"{"first":"A"}"#),
            (r#"{"name":7}"#, r#"{"name":7}"#),
        ],
    );
    check(
        Operation::join(at("/name"), " ".into(), names()).unwrap(),
        &[
            (
                r#"{"a":1,"first":"A","last":"B C","b":2}"#,
                r#"{"a":1,"name":"A B C","b":2}"#,
            ),
            (r#"{"name":"x","last":"B"}"#, r#"{"name":"B"}"#),
            (r#"{"first":1,"last":"B"}"#, r#"{"first":1,"last":"B"}"#),
            ("{}", "{}"),
        ],
    );
    check(
        Operation::split(at("/tags"), ",".into(), vec![]).unwrap(),
        &[
            (r#"{"tags":"a,b"}"#, r#"{"tags":["a","b"]}"#),
            (r#"{"tags":""}"#, r#"{"tags":[]}"#),
        ],
    );
    check(
        Operation::join(at("/tags"), ",".into(), vec![]).unwrap(),
        &[
            (r#"{"tags":["a","\u00e9"]}"#, r#"{"tags":"a,é"}"#),
            (r#"{"tags":[]}"#, r#"{"tags":""}"#),
            (r#"{"tags":["a",1]}"#, r#"{"tags":["a",1]}"#),
        ],
    );
    let split = |separator: &str, names| Operation::split(at("/a"), separator.into(), names);
    assert_eq!(
        split("", vec![]),
        Err(Wrong("a separator of at least one character"))
    );
    assert_eq!(
        split(",", vec!["a".into(), "a".into()]),
        Err(Wrong("each name once"))
    );
}

#[test]
fn a_member_that_is_named_must_be_there_once() {
    let rename = Operation::rename(at("/a"), "b").unwrap();
    assert_eq!(done(&rename, r#"{"a":1,"a":2}"#), Err(Problem::Ambiguous));
    assert_eq!(
        done(&rename, r#"{"a":1,"\u0061":2}"#),
        Err(Problem::Ambiguous)
    );
    assert_eq!(
        done(&rename, r#"{"a":1,"b":2,"b":3}"#),
        Err(Problem::Ambiguous)
    );
    // Others stay as they are.
    assert_eq!(
        done(&rename, r#"{"x":1,"a":[{"y":1,"y":2}],"x":2}"#).as_deref(),
        Ok(r#"{"x":1,"b":[{"y":1,"y":2}],"x":2}"#)
    );
}

#[test]
fn what_is_too_much_is_told() {
    let wide = format!("[{}1]", "1,".repeat(300_000));
    let add = Operation::add(at("/*/x"), "1".into());
    assert_eq!(done(&add, &wide), Err(Problem::TooLarge));
    let deep = format!("{}{}", "[".repeat(65), "]".repeat(65));
    assert_eq!(
        Document::parse(&deep).err(),
        Some(Problem::NotJson { at: 64 })
    );
    // A document that is copied into itself doubles each time.
    let copy = Operation::copy(&at("/a"), &at("/a/a")).unwrap();
    let text = format!(r#"{{"a":{{"b":[{}]}}}}"#, "1,".repeat(400) + "1");
    let mut document = Document::parse(&text).unwrap();
    for _ in 0..10 {
        copy.apply(&mut document).unwrap();
    }
    assert_eq!(document.into_text(2_000), Err(Problem::TooLarge));
}
