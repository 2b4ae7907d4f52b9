//! Regular expressions whose cost is bounded.

use std::fmt;

use regex_lite::{Captures, Regex, RegexBuilder};
use serde::de::{self, Deserializer};
use serde::{Deserialize, Serialize, Serializer};

use crate::quoted;

/// The longest value, in bytes, that a regular expression is tried on.
pub const MAX_SUBJECT: usize = 8 * 1024;
/// The longest regular expression, in bytes.
const MAX_TEXT: usize = 1024;
/// The most memory that a compiled one takes, in bytes. Together with the length of the subject it
/// bounds the time that a match takes.
const MAX_COMPILED: usize = 16 * 1024;

/// A regular expression that must match a whole value. Linear time, no look-around, no
/// back-references; `\d`, `\w` and `(?i)` mean ASCII (crate `regex-lite`).
#[derive(Debug, Clone)]
pub struct Pattern {
    text: String,
    regex: Regex,
}

impl Pattern {
    /// Reads a regular expression, or says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        // By itself first: `a)(b` would be whole between parentheses.
        compile(text)?;
        let regex = compile(&format!(r"\A(?:{text})\z"))?;
        Ok(Self {
            text: text.to_owned(),
            regex,
        })
    }

    /// Whether the whole value matches; none where it is not UTF-8 or longer than
    /// [`MAX_SUBJECT`].
    pub fn is_whole(&self, value: &[u8]) -> Option<bool> {
        subject(value).map(|text| self.regex.is_match(text))
    }
}

/// A regular expression that is searched for in a value, as [`Pattern`] in all else.
#[derive(Debug, Clone)]
pub struct SearchPattern {
    text: String,
    regex: Regex,
}

impl SearchPattern {
    /// Reads a regular expression, or says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        Ok(Self {
            text: text.to_owned(),
            regex: compile(text)?,
        })
    }

    /// The matches in order, which do not overlap; none where the value is not UTF-8 or longer
    /// than [`MAX_SUBJECT`].
    pub fn matches<'a>(&'a self, value: &'a [u8]) -> Option<impl Iterator<Item = Captures<'a>>> {
        subject(value).map(|text| self.regex.captures_iter(text))
    }

    /// The number of the group that has this number or name.
    pub fn group(&self, name: &str) -> Option<usize> {
        let number = name.parse().ok().filter(|n| *n < self.regex.captures_len());
        number.or_else(|| self.regex.capture_names().position(|n| n == Some(name)))
    }
}

fn subject(value: &[u8]) -> Option<&str> {
    str::from_utf8(value)
        .ok()
        .filter(|text| text.len() <= MAX_SUBJECT)
}

fn compile(text: &str) -> Result<Regex, String> {
    if text.len() > MAX_TEXT {
        return Err(format!("a regular expression of at most {MAX_TEXT} bytes"));
    }
    let compiled = RegexBuilder::new(text).size_limit(MAX_COMPILED).build();
    compiled.map_err(|error| format!("a regular expression ({error})"))
}

struct Text<T>(fn(&str) -> Result<T, String>);

impl<T> de::Visitor<'_> for Text<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a regular expression as a string")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        self.0(text).map_err(|why| {
            let shown = quoted(text);
            E::custom(format!("expected {why}, found {shown}"))
        })
    }
}

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        d.deserialize_str(Text(Pattern::parse))
    }
}

impl<'de> Deserialize<'de> for SearchPattern {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        d.deserialize_str(Text(SearchPattern::parse))
    }
}

impl Serialize for Pattern {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&self.text)
    }
}

impl Serialize for SearchPattern {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&self.text)
    }
}

#[cfg(feature = "schema")]
mod schema {
    use std::borrow::Cow;

    use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

    use super::{MAX_TEXT, Pattern, SearchPattern};

    impl JsonSchema for Pattern {
        fn schema_name() -> Cow<'static, str> {
            "Pattern".into()
        }

        fn json_schema(_: &mut SchemaGenerator) -> Schema {
            json_schema!({
                "type": "string",
                "maxLength": MAX_TEXT,
                "description": "A regular expression that must match the whole value. Linear time; \
                                no look-around and no back-references.",
                "examples": ["v[0-9]+", "(?i)bearer .*"]
            })
        }
    }

    impl JsonSchema for SearchPattern {
        fn schema_name() -> Cow<'static, str> {
            "SearchPattern".into()
        }

        fn json_schema(_: &mut SchemaGenerator) -> Schema {
            json_schema!({
                "type": "string",
                "maxLength": MAX_TEXT,
                "description": "A regular expression that is searched for in the value. Linear \
                                time; no look-around and no back-references.",
                "examples": ["^/api/v[0-9]+", "(?<user>[^@]+)@.*"]
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(pattern: &str, value: &[u8]) -> Option<bool> {
        Pattern::parse(pattern).unwrap().is_whole(value)
    }

    #[test]
    fn the_whole_value_must_match() {
        assert_eq!(whole("a|ab", b"ab"), Some(true));
        assert_eq!(whole("a|b", b"ab"), Some(false));
        assert_eq!(whole("a", b"a\n"), Some(false));
        assert_eq!(whole("(?m)a$", b"a\nb"), Some(false));
        assert_eq!(whole("", b""), Some(true));
    }

    #[test]
    fn refuses_what_is_broken_or_too_costly() {
        for pattern in ["(", "a)(b", "a{0,1000}{1000}", "(?=a)", r"\1", r"\p{L}"] {
            let error = Pattern::parse(pattern).unwrap_err();
            assert!(
                error.starts_with("a regular expression"),
                "{pattern}: {error}"
            );
            assert!(SearchPattern::parse(pattern).is_err(), "{pattern}");
        }
        assert!(Pattern::parse(&"a".repeat(MAX_TEXT + 1)).is_err());
        assert!(Pattern::parse("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}").is_ok());
    }

    #[test]
    fn says_where_and_why() {
        let error = crate::from_value::<Pattern>(serde_json::json!("a(")).unwrap_err();
        let error = error.to_string();
        assert!(
            error.starts_with("expected a regular expression ("),
            "{error}"
        );
        assert!(error.ends_with("found \"a(\""), "{error}");
    }

    #[test]
    fn finds_groups_by_number_and_name() {
        let pattern = SearchPattern::parse("(?<user>[^@]+)@(.*)").unwrap();
        assert_eq!(pattern.group("0"), Some(0));
        assert_eq!(pattern.group("user"), Some(1));
        assert_eq!(pattern.group("2"), Some(2));
        assert_eq!(pattern.group("3"), None);
        assert_eq!(pattern.group("host"), None);
        let found: Vec<_> = pattern
            .matches(b"a@b")
            .unwrap()
            .map(|c| c[1].to_owned())
            .collect();
        assert_eq!(found, ["a"]);
        assert!(pattern.matches(b"\xff").is_none());
    }
}
