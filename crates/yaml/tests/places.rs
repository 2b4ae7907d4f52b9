//! Where values and keys are said to be, and how they were written.

#![allow(
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    reason = "a failing test may panic"
)]

use hachure_yaml::{Document, Position, Segment, parse};

const CONFIG: &str = "\
rules:
- name: 1.10
  on: yes
- when:
    status: [ 4xx, \"5xx\" ]
    empty:
  text: |
    many
    lines
a.b: {'c[0]': é, d: x}
a:
  b: 'y'
";

fn document() -> Document {
    parse(CONFIG).unwrap()
}

fn at(line: usize, column: usize) -> Option<Position> {
    Some(Position { line, column })
}

#[test]
fn finds_values() {
    let document = document();
    assert_eq!(document.position("rules"), at(2, 3));
    assert_eq!(document.position("rules[0]"), at(2, 3));
    assert_eq!(document.position("rules[0].name"), at(2, 9));
    assert_eq!(document.position("rules[1].when.status[0]"), at(5, 15));
    assert_eq!(document.position("rules[1].when.status[1]"), at(5, 20));
    assert_eq!(document.position("."), at(1, 1));
    assert_eq!(document.position(""), at(1, 1));
}

#[test]
fn finds_keys() {
    let document = document();
    assert_eq!(document.key_position("rules[0].name"), at(2, 3));
    assert_eq!(document.key_position("rules[1].when"), at(4, 3));
    assert_eq!(document.key_position("rules[1]"), None);
    assert_eq!(document.key_position("."), None);
}

#[test]
fn an_empty_value_is_at_its_key() {
    assert_eq!(document().position("rules[1].when.empty"), at(6, 5));
}

#[test]
fn a_key_is_found_by_its_converted_name_and_shows_its_text() {
    let document = document();
    let key = document.place("rules[0].true").unwrap().key.unwrap();
    let scalar = key.scalar.as_ref().unwrap();
    assert_eq!((scalar.text.as_str(), scalar.plain), ("on", true));
}

#[test]
fn a_printed_path_takes_the_longest_key_that_leads_on() {
    let document = document();
    assert_eq!(document.position("a.b"), at(10, 6));
    assert_eq!(document.position("a.b.c[0]"), at(10, 15));
    assert_eq!(document.position("a.b.d"), at(10, 21));
    assert_eq!(
        document.position(&[Segment::Key("a"), Segment::Key("b")]),
        at(12, 6)
    );
    assert_eq!(
        document.position(&[Segment::Key("a.b"), Segment::Key("c[0]")]),
        at(10, 15)
    );
}

#[test]
fn a_printed_path_goes_back_to_a_shorter_key() {
    let document = parse("a.b: 1\na:\n  b:\n    c: 2\n").unwrap();
    assert_eq!(document.position("a.b.c"), at(4, 8));
    assert_eq!(document.position("a.b"), at(1, 6));
}

#[test]
fn what_is_missing_is_near_its_ancestor() {
    let document = document();
    for missing in [
        "rules[1].when.nope",
        "rules[1].when.nope[3].x",
        "rules[1].when.",
    ] {
        assert_eq!(document.place(missing), None, "{missing}");
        let when = document.place("rules[1].when").unwrap();
        assert_eq!(document.nearest(missing), when, "{missing}");
    }
    let segments = [Segment::Key("rules"), Segment::Index(7)];
    assert_eq!(
        document.nearest(&segments),
        document.place("rules").unwrap()
    );
    assert_eq!(document.nearest("?"), document.root());
    for strange in [
        "rules[",
        "rules[x]",
        "rules[18446744073709551616]",
        "rules.0",
        ".rules",
        "[0]",
    ] {
        assert_eq!(document.place(strange), None, "{strange}");
    }
}

#[test]
fn empty_keys_have_a_path() {
    let document = parse("a: {\"\": {\"\": 1}}\n").unwrap();
    assert_eq!(document.position("a."), at(1, 9));
    assert_eq!(document.position("a.."), at(1, 14));
}

#[test]
fn scalars_show_how_they_were_written() {
    let document = document();
    let written = |path| document.scalar(path).map(|s| (s.text.as_str(), s.plain));
    assert_eq!(written("rules[0].name"), Some(("1.10", true)));
    assert_eq!(written("rules[0].true"), Some(("yes", true)));
    assert_eq!(written("rules[1].when.status[0]"), Some(("4xx", true)));
    assert_eq!(written("rules[1].when.status[1]"), Some(("5xx", false)));
    assert_eq!(written("rules[1].text"), Some(("many\nlines\n", false)));
    assert_eq!(written("rules[1].when.empty"), Some(("", true)));
    assert_eq!(written("rules"), None);
}

#[test]
fn aliases_stand_where_they_are_and_hold_what_was_written_elsewhere() {
    let document = parse("a: &a\n  x: 1\nb: *a\nc:\n  <<: *a\n  z: 2\n").unwrap();
    assert_eq!(document.position("b"), at(3, 4));
    assert_eq!(document.position("b.x"), at(2, 6));
    assert_eq!(document.key_position("c.x"), at(2, 3));
    assert_eq!(document.position("c.z"), at(6, 6));
}

#[test]
fn json_has_places_too() {
    let document = parse("{\n\t\"é\": [1, \"x\"],\n\t\"b\": {}}").unwrap();
    assert_eq!(document.position("é[1]"), at(2, 11));
    assert_eq!(document.key_position("b"), at(3, 2));
    assert!(!document.scalar("é[1]").unwrap().plain);
    assert!(document.scalar("é[0]").unwrap().plain);
}
