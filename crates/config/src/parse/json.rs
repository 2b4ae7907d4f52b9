//! JSON text to a [`Tree`].
//!
//! A module reads its config with this: it keeps numbers as they are written, finds keys that are
//! there twice, and is smaller than a general parser (`docs/decisions/0007-own-json-reader.md`).

use hachure_json::{Reader, unquote};

use super::tree::Tree;

/// Why a text is no config: what was expected, and the byte where it was not.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refused {
    pub(super) expected: String,
    pub(super) at: usize,
}

impl From<hachure_json::Refused> for Refused {
    fn from(refused: hachure_json::Refused) -> Self {
        Self {
            expected: refused.expected.to_owned(),
            at: refused.at,
        }
    }
}

/// Reads a text that is one JSON value.
pub(super) fn read(text: &str) -> Result<Tree, Refused> {
    let mut reader = Reader::new(text);
    let tree = value(&mut reader)?;
    reader.end()?;
    Ok(tree)
}

/// The text of the value at the end of `path`, through members by their names and elements by their
/// numbers. Of members with one name the first counts, and what follows the value is not read.
pub(super) fn find<'t, 'p>(
    text: &'t str,
    path: impl IntoIterator<Item = &'p str>,
) -> Option<&'t str> {
    let mut reader = Reader::new(text);
    for name in path {
        enter(&mut reader, name)?;
    }
    reader.value().ok()
}

fn value(reader: &mut Reader<'_>) -> Result<Tree, Refused> {
    reader.blanks();
    match reader.peek() {
        Some(b'{') => object(reader),
        Some(b'[') => list(reader),
        _ => {
            let start = reader.position();
            let text = reader.scalar()?;
            Ok(match text {
                "null" => Tree::Null,
                "true" => Tree::Bool(true),
                "false" => Tree::Bool(false),
                string if string.starts_with('"') => Tree::Text(characters(string, start)?),
                number => Tree::Number(number.to_owned()),
            })
        }
    }
}

/// Goes to the value of a member, or of an element, of what begins here.
fn enter(reader: &mut Reader<'_>, name: &str) -> Option<()> {
    reader.blanks();
    let (end, is_object) = match reader.peek()? {
        b'{' => (b'}', true),
        b'[' => (b']', false),
        _ => return None,
    };
    reader.open().ok()?;
    let mut index = 0_usize;
    while !reader.ends(end, index == 0).ok()? {
        let found = if is_object {
            unquote(reader.key().ok()?).is_ok_and(|key| key == name)
        } else {
            // No sign and no zero in front: each element has one number (RFC 6901, 4).
            index.to_string() == name
        };
        if found {
            return Some(());
        }
        reader.value().ok()?;
        index = index.saturating_add(1);
    }
    None
}

fn list(reader: &mut Reader<'_>) -> Result<Tree, Refused> {
    let mut list = vec![];
    reader.open()?;
    while !reader.ends(b']', list.is_empty())? {
        list.push(value(reader)?);
    }
    Ok(Tree::List(list))
}

fn object(reader: &mut Reader<'_>) -> Result<Tree, Refused> {
    let mut object: Vec<(String, Tree)> = vec![];
    reader.open()?;
    while !reader.ends(b'}', object.is_empty())? {
        reader.blanks();
        let start = reader.position();
        let key = characters(reader.key()?, start)?;
        if object.iter().any(|(known, _)| *known == key) {
            return Err(Refused {
                expected: format!("the key `{key}` once"),
                at: start,
            });
        }
        let value = value(reader)?;
        object.push((key, value));
    }
    Ok(Tree::Object(object))
}

fn characters(text: &str, start: usize) -> Result<String, Refused> {
    let read = unquote(text).map_err(|at| Refused {
        expected: "a Unicode escape".to_owned(),
        at: start.saturating_add(at),
    });
    read.map(std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use hachure_json::MAX_DEPTH;
    use serde_json::Value;

    use super::*;

    fn refused(text: &str) -> (String, usize) {
        let refused = read(text).unwrap_err();
        (refused.expected, refused.at)
    }

    #[test]
    fn says_what_was_expected_where() {
        for (text, expected, at) in [
            ("", "a JSON value", 0),
            ("{a: 1}", "a key in quotes", 1),
            ("{\"a\" 1}", "a colon", 5),
            ("{\"a\": 1,}", "a key in quotes", 8),
            ("{\"a\": 1, \"a\": 2}", "the key `a` once", 9),
            ("[1 2]", "a comma or ]", 3),
            ("[1,]", "a JSON value", 3),
            ("[] x", "nothing after the JSON value", 3),
            ("\"a", "a quote that ends the string", 2),
            ("\"a\n\"", "an escape in place of the control character", 2),
            ("\"\\ud800\"", "a Unicode escape", 2),
            ("-", "a digit", 1),
            ("01", "nothing after the JSON value", 1),
        ] {
            assert_eq!(refused(text), (expected.to_owned(), at), "{text}");
        }
        let deep = "[".repeat(MAX_DEPTH + 1);
        assert_eq!(refused(&deep).1, MAX_DEPTH);
        let deep = "[".repeat(MAX_DEPTH) + &"]".repeat(MAX_DEPTH);
        assert!(read(&deep).is_ok());
    }

    /// Texts from a grammar that is near JSON's, some of them valid.
    fn near_json(seed: u64) -> String {
        const WORDS: &[&str] = &[
            "{",
            "}",
            "[",
            "]",
            ",",
            ":",
            "\"a\"",
            "\"b\"",
            "\"\\u00e9\\n\"",
            "\"\\ud83d\\ude00\"",
            "\"\\udc00\"",
            "1",
            "-1",
            "1.5e3",
            "-2E-7",
            "01",
            "1.",
            ".5",
            "null",
            "true",
            "false",
            " ",
            "\n",
            "\u{a0}",
            "\"é\"",
            "\"\\x\"",
            "nul",
            "{\"a\":1}",
            "[2]",
            "\"\u{1f}\"",
            "\"\t\"",
            "\"\u{7f}\"",
            "\"\\u12\"",
            "\"\\ud83d\\u0041\"",
            "\"\\ud83d\"",
            "\"\\/\\b\\f\\r\\t\\\\\"",
            "\"",
            "\\",
            "0",
            "-0.5",
            "0.0e+0",
            "1e",
            "1e999",
            "18446744073709551616",
            "\u{b}",
            "\u{feff}",
        ];
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let mut next = move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            usize::try_from(state >> 33).unwrap()
        };
        let length = next() % 9;
        (0..length)
            .filter_map(|_| WORDS.get(next().checked_rem(WORDS.len())?))
            .copied()
            .collect()
    }

    #[test]
    fn agrees_with_serde_json() {
        let mut valid = 0;
        for seed in 0..200_000 {
            let text = near_json(seed);
            match (read(&text), serde_json::from_str::<Value>(&text)) {
                (Ok(ours), Ok(theirs)) => {
                    valid += 1;
                    let ours: Value =
                        super::super::typed(&ours, &|text| serde_json::from_str(text).ok())
                            .unwrap();
                    assert_eq!(ours, theirs, "{text}");
                }
                (Err(_), Err(_)) => {}
                (Err(refused), Ok(_)) => {
                    assert!(
                        refused.expected.ends_with("` once"),
                        "{text}: {}",
                        refused.expected
                    );
                }
                // Ours keeps a number as it is written.
                (Ok(_), Err(error)) => assert!(error.to_string().contains("range"), "{text}"),
            }
        }
        assert!(valid > 5_000, "{valid} texts were valid");
    }
}
