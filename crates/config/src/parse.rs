//! JSON to a typed config, or the precise place where it does not fit.
//!
//! A config is first read into a plain [`Tree`], and that into its type by a deserializer of our
//! own ([`Node`]). It knows the path of what it reads, and a module carries far less of it than of
//! a general JSON parser with a path tracker around it.

mod json;
mod node;
mod problem;
mod tree;

use hachure_json::unquote;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{ConfigError, ConfigErrors};
use node::{Fraction, Node, Trail};
use tree::Tree;

/// Parses a config: JSON with whole numbers. An empty text is read as `{}`, as gateways send no
/// text for no config.
pub fn from_slice<T: DeserializeOwned>(text: &[u8]) -> Result<T, ConfigErrors> {
    // Reading fractions would bring a table of 10 KB into every module.
    typed(&tree(text)?, &|_| None)
}

/// Parses a config that is already a JSON value.
pub fn from_value<T: DeserializeOwned>(value: Value) -> Result<T, ConfigErrors> {
    typed(&value.into(), &|text| text.parse().ok())
}

/// The text of the string, or the number as it is written, at the end of `path` in a JSON text:
/// through members by their names and elements by their numbers. None for anything else there, and
/// where the text up to there is no JSON. Of members with one name the first counts.
pub fn scalar_at<'p>(text: &[u8], path: impl IntoIterator<Item = &'p str>) -> Option<String> {
    let found = json::find(str::from_utf8(text).ok()?, path)?;
    let is_scalar =
        found.starts_with(['"', '-']) || found.starts_with(|c: char| c.is_ascii_digit());
    is_scalar.then(|| as_text(found)).flatten()
}

/// The same for a value of any kind: also `true` and `false`, and a list or an object as the JSON
/// that it is written in. None for `null`.
pub fn text_at<'p>(text: &[u8], path: impl IntoIterator<Item = &'p str>) -> Option<String> {
    let found = json::find(str::from_utf8(text).ok()?, path)?;
    (found != "null").then(|| as_text(found)).flatten()
}

/// The characters of a string; anything else as it is written.
fn as_text(json: &str) -> Option<String> {
    match json.starts_with('"') {
        true => Some(unquote(json).ok()?.into_owned()),
        false => Some(json.to_owned()),
    }
}

fn tree(text: &[u8]) -> Result<Tree, ConfigErrors> {
    let text = if text.trim_ascii().is_empty() {
        b"{}"
    } else {
        text
    };
    let refuse = |expected: String, at: usize| ConfigError {
        path: String::new(),
        expected,
        found: format!("something else at byte {at}"),
    };
    let text = str::from_utf8(text).map_err(|e| refuse("UTF-8".to_owned(), e.valid_up_to()))?;
    Ok(json::read(text).map_err(|refused| refuse(refused.expected, refused.at))?)
}

fn typed<T: DeserializeOwned>(tree: &Tree, fraction: Fraction<'_>) -> Result<T, ConfigErrors> {
    let trail = Trail::new(fraction);
    T::deserialize(Node::new(tree, &trail)).map_err(|problem| {
        let (member, expected, found) = problem.parts();
        let path = trail.path(member.as_deref());
        ConfigError {
            path,
            expected,
            found,
        }
        .into()
    })
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "camelCase", deny_unknown_fields)]
    struct Outer {
        #[serde(default)]
        items: Vec<Inner>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Inner {
        name: String,
    }

    fn error(text: &str) -> String {
        from_slice::<Outer>(text.as_bytes())
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn finds_scalars_by_their_path() {
        let text =
            br#" {"a": {"b": [1, {"c": 2.50}, "x\"y"]}, "a": 9, "u\u00e9": 7, "n": null, ] "#;
        let at = |path: &[&str]| scalar_at(text, path.iter().copied());
        assert_eq!(at(&["a", "b", "0"]).as_deref(), Some("1"));
        assert_eq!(at(&["a", "b", "1", "c"]).as_deref(), Some("2.50"));
        assert_eq!(at(&["a", "b", "2"]).as_deref(), Some("x\"y"));
        assert_eq!(at(&["u\u{e9}"]).as_deref(), Some("7"));
        for path in [
            &["a"][..],
            &["a", "b", "3"],
            &["a", "b", "00"],
            &["a", "b", "-1"],
            &["a", "b", "0", "x"],
            &["n"],
            &["z"],
            &[],
        ] {
            assert_eq!(at(path), None, "{path:?}");
        }
        assert_eq!(scalar_at(b"7", []).as_deref(), Some("7"));
        let deep = format!("{}1{}", "[".repeat(100), "]".repeat(100));
        assert_eq!(scalar_at(deep.as_bytes(), vec!["0"; 40]), None);
    }

    #[test]
    fn tells_any_value_as_text() {
        let text =
            br#"{"s": "\u00e9\n", "b": true, "n": null, "l": [1, {"a":2}], "o": {}, "d": -1.0}"#;
        for (name, told) in [
            ("s", Some("\u{e9}\n")),
            ("b", Some("true")),
            ("n", None),
            ("l", Some(r#"[1, {"a":2}]"#)),
            ("o", Some("{}")),
            ("d", Some("-1.0")),
            ("z", None),
        ] {
            assert_eq!(text_at(text, [name]).as_deref(), told, "{name}");
        }
        for broken in [
            &br#"{"s": "\ud800"}"#[..],
            br#"{"s": [1"#,
            br#"{"s": tru}"#,
            b"\xff",
        ] {
            assert_eq!(text_at(broken, ["s"]), None);
        }
    }

    #[test]
    fn names_the_place_what_was_expected_and_what_was_there() {
        assert_eq!(
            error(r#"{"items":[{"name":"a"},{"name":1.1}]}"#),
            "items[1].name: expected a string (write it in quotes: YAML reads it as a number), \
             found floating point `1.1`"
        );
        assert_eq!(
            error(r#"{"items":[{"name":"a","x":1}]}"#),
            "items[0].x: expected `name`, found unknown field `x`"
        );
        assert_eq!(
            error(r#"{"items":[{}]}"#),
            "items[0].name: expected a value: this field is required, found nothing"
        );
        assert_eq!(
            error(r#"{"items":3}"#),
            "items: expected a sequence, found integer `3`"
        );
        assert_eq!(
            error(r#"{"items":[]} x"#),
            "expected nothing after the JSON value, found something else at byte 13"
        );
        assert_eq!(
            error(r#"{"items":[],"items":[]}"#),
            "expected the key `items` once, found something else at byte 12"
        );
    }

    #[test]
    fn enums_are_a_word_or_a_word_with_a_value() {
        #[derive(Debug, PartialEq, Deserialize)]
        #[serde(rename_all = "camelCase")]
        enum Shape {
            Nothing,
            Some(u16),
            Pair { left: bool, right: Option<i8> },
        }
        let read = |json| from_value::<Vec<Shape>>(json).map_err(|e| e.to_string());
        assert_eq!(
            read(json!(["nothing", {"some": 7}, {"pair": {"left": true, "right": null}}])),
            Ok(vec![
                Shape::Nothing,
                Shape::Some(7),
                Shape::Pair {
                    left: true,
                    right: None
                }
            ])
        );
        for (json, error) in [
            (
                json!(["x"]),
                "[0]: expected one of `nothing`, `some`, `pair`, found unknown variant `x`",
            ),
            (
                json!([{"x": 1}]),
                "[0]: expected one of `nothing`, `some`, `pair`, found unknown variant `x`",
            ),
            (
                json!(["some"]),
                "[0]: expected a value: `some: …`, found the word alone",
            ),
            (
                json!([{"nothing": true}]),
                "[0].nothing: expected the word alone, without a value, found boolean `true`",
            ),
            (
                json!([{"some": 70000}]),
                "[0].some: expected u16, found integer `70000`",
            ),
            (
                json!([{"some": 1, "pair": 2}]),
                "[0]: expected map with a single key, found map",
            ),
            (
                json!([{"pair": {"left": "yes"}}]),
                "[0].pair.left: expected a boolean, found string \"yes\"",
            ),
            (
                json!([{"pair": {"left": true, "right": -129}}]),
                "[0].pair.right: expected i8, found integer `-129`",
            ),
        ] {
            assert_eq!(read(json.clone()), Err(error.to_owned()), "{json}");
        }
    }

    #[test]
    fn any_json_is_kept_as_it_is() {
        let json = json!({"b": [1, -2, 2.5, null, true, "x"], "a": {}});
        assert_eq!(from_value::<Value>(json.clone()), Ok(json));
    }

    #[test]
    fn reads_no_text_as_the_empty_config() {
        assert!(from_slice::<Outer>(b" \n").unwrap().items.is_empty());
        let one: Outer = from_slice(br#"{"items":[{"name":"a"}]}"#).unwrap();
        assert_eq!(one.items[0].name, "a");
    }
}
