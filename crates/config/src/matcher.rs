//! Conditions on text: how a config says which values it means.

mod pattern;
mod status;

use serde::Deserialize;

use crate::{ConfigErrors, Path};

pub use pattern::{MAX_SUBJECT, Pattern, SearchPattern};
pub use regex_lite::Captures;
pub use status::StatusRange;

/// What a value must be. Values are bytes, and case counts. Where a name has several values, one
/// that fits is enough, and `not` holds when none fits. A value that cannot be judged (bytes that
/// are not UTF-8 or more than 8 KiB before a regular expression) fits neither a condition nor its
/// negation.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum TextMatch {
    /// The value is this text.
    Exact(String),
    /// The value is one of these texts.
    OneOf(Vec<String>),
    /// The value begins with this text.
    Prefix(String),
    /// The value ends with this text.
    Suffix(String),
    /// The whole value matches this regular expression.
    Regex(Pattern),
    /// There is a value, if only an empty one.
    Present,
    /// There is no value.
    Absent,
    /// The condition here does not hold.
    Not(Box<TextMatch>),
}

impl TextMatch {
    /// Finds conditions that hold always or never, which nobody means.
    pub fn check(&self, path: &Path<'_>) -> Result<(), ConfigErrors> {
        let refuse = |key, expected, found| Err(ConfigErrors::new(&path.key(key), expected, found));
        match self {
            Self::OneOf(texts) if texts.is_empty() => refuse("oneOf", "at least one text", "[]"),
            Self::Prefix(text) if text.is_empty() => refuse("prefix", "some text", "\"\""),
            Self::Suffix(text) if text.is_empty() => refuse("suffix", "some text", "\"\""),
            Self::Not(inner) => inner.check(&path.key("not")),
            _ => Ok(()),
        }
    }

    /// The texts that are compared byte for byte.
    pub fn texts(&self) -> &[String] {
        match self {
            Self::Exact(text) | Self::Prefix(text) | Self::Suffix(text) => {
                std::slice::from_ref(text)
            }
            Self::OneOf(texts) => texts,
            Self::Not(inner) => inner.texts(),
            Self::Regex(_) | Self::Present | Self::Absent => &[],
        }
    }

    /// Whether the condition holds for a name with one value; none where the value cannot be
    /// judged.
    pub fn holds(&self, value: &[u8]) -> Option<bool> {
        self.holds_for(std::iter::once(value))
    }

    /// Whether the condition holds for a name with these values; none where no value fits and one
    /// cannot be judged.
    pub fn holds_for<'a>(&self, mut values: impl Iterator<Item = &'a [u8]>) -> Option<bool> {
        let mut inner = self;
        let mut negated = false;
        while let Self::Not(deeper) = inner {
            inner = deeper;
            negated = !negated;
        }
        let verdict = match inner {
            Self::Present => Some(values.next().is_some()),
            Self::Absent => Some(values.next().is_none()),
            _ => inner.fits_any(values),
        };
        verdict.map(|holds| holds != negated)
    }

    fn fits_any<'a>(&self, values: impl Iterator<Item = &'a [u8]>) -> Option<bool> {
        let mut verdict = Some(false);
        for value in values {
            match self.fits(value) {
                Some(true) => return Some(true),
                Some(false) => {}
                None => verdict = None,
            }
        }
        verdict
    }

    fn fits(&self, value: &[u8]) -> Option<bool> {
        match self {
            Self::Exact(text) => Some(value == text.as_bytes()),
            Self::OneOf(texts) => Some(texts.iter().any(|text| value == text.as_bytes())),
            Self::Prefix(text) => Some(value.starts_with(text.as_bytes())),
            Self::Suffix(text) => Some(value.ends_with(text.as_bytes())),
            Self::Regex(pattern) => pattern.is_whole(value),
            Self::Present | Self::Absent | Self::Not(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn verdict(condition: Value, values: &[&[u8]]) -> Option<bool> {
        let condition: TextMatch = crate::from_value(condition).unwrap();
        condition.holds_for(values.iter().copied())
    }

    #[test]
    fn each_kind_says_yes_and_no() {
        for (condition, yes, no) in [
            (json!({"exact": "a"}), "a", "A"),
            (json!({"oneOf": ["a", "b"]}), "b", "c"),
            (json!({"prefix": "ab"}), "abc", "a"),
            (json!({"suffix": "bc"}), "abc", "ab"),
            (json!({"regex": "a|ab"}), "ab", "xab"),
            (json!({"not": {"exact": "a"}}), "b", "a"),
        ] {
            assert_eq!(
                verdict(condition.clone(), &[yes.as_bytes()]),
                Some(true),
                "{condition}"
            );
            assert_eq!(
                verdict(condition.clone(), &[no.as_bytes()]),
                Some(false),
                "{condition}"
            );
        }
    }

    #[test]
    fn one_value_of_several_is_enough_and_not_means_none() {
        let values = [&b"a"[..], b"b"];
        assert_eq!(verdict(json!({"exact": "b"}), &values), Some(true));
        assert_eq!(
            verdict(json!({"not": {"exact": "b"}}), &values),
            Some(false)
        );
        assert_eq!(verdict(json!({"not": {"exact": "c"}}), &values), Some(true));
    }

    #[test]
    fn no_value_at_all() {
        for (condition, holds) in [
            (json!("absent"), true),
            (json!("present"), false),
            (json!({"not": "present"}), true),
            (json!({"exact": ""}), false),
            (json!({"not": {"exact": "a"}}), true),
        ] {
            assert_eq!(verdict(condition.clone(), &[]), Some(holds), "{condition}");
        }
        assert_eq!(verdict(json!("present"), &[b""]), Some(true));
    }

    #[test]
    fn what_cannot_be_judged_holds_neither_way() {
        let bytes = [&b"\xff"[..]];
        assert_eq!(verdict(json!({"regex": "a"}), &bytes), None);
        assert_eq!(verdict(json!({"not": {"regex": "a"}}), &bytes), None);
        assert_eq!(verdict(json!({"regex": "a"}), &[b"\xff", b"a"]), Some(true));
        let long = vec![b'a'; MAX_SUBJECT + 1];
        assert_eq!(verdict(json!({"not": {"regex": "a*"}}), &[&long]), None);
        assert_eq!(verdict(json!({"prefix": "a"}), &[&long]), Some(true));
    }

    #[test]
    fn conditions_that_nobody_means_are_errors() {
        let place = Path::ROOT.key("match");
        for (condition, error) in [
            (
                json!({"oneOf": []}),
                "match.oneOf: expected at least one text, found []",
            ),
            (
                json!({"not": {"prefix": ""}}),
                "match.not.prefix: expected some text, found \"\"",
            ),
            (
                json!({"suffix": ""}),
                "match.suffix: expected some text, found \"\"",
            ),
        ] {
            let condition: TextMatch = crate::from_value(condition).unwrap();
            assert_eq!(condition.check(&place).unwrap_err().to_string(), error);
        }
        let error = crate::from_value::<TextMatch>(json!({"present": true})).unwrap_err();
        assert!(error.to_string().contains("the word alone"), "{error}");
    }
}
