//! Status codes as lists of codes, classes and ranges.

use std::fmt;

use serde::de::{self, Deserializer};
use serde::{Deserialize, Serialize, Serializer};

/// One status (`404`), a class (`4xx`) or a range with both ends (`500-503`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatusRange {
    first: u16,
    last: u16,
}

impl StatusRange {
    /// Reads the written form; none where it is anything else.
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(class) = text.strip_suffix("xx") {
            let first = code(&format!("{class}00"))?;
            return Self::between(first, first.checked_add(99)?);
        }
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        Self::between(code(first)?, code(last)?)
    }

    /// Whether the status is in it.
    pub fn contains(self, status: u16) -> bool {
        (self.first..=self.last).contains(&status)
    }

    fn between(first: u16, last: u16) -> Option<Self> {
        let ok = first <= last && first >= 100 && last <= 599;
        ok.then_some(Self { first, last })
    }
}

fn code(text: &str) -> Option<u16> {
    let digits = text.len() == 3 && text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| text.parse().ok())?
}

struct Text;

impl de::Visitor<'_> for Text {
    type Value = StatusRange;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a status from 100 to 599 as 404, a class as 4xx or a range as 500-503")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<StatusRange, E> {
        StatusRange::parse(text).ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<StatusRange, E> {
        let status = u16::try_from(number)
            .ok()
            .and_then(|s| StatusRange::between(s, s));
        status.ok_or_else(|| E::invalid_value(de::Unexpected::Unsigned(number), &self))
    }
}

impl<'de> Deserialize<'de> for StatusRange {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        d.deserialize_any(Text)
    }
}

impl Serialize for StatusRange {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        if self.first == self.last {
            return s.serialize_u16(self.first);
        }
        s.collect_str(&format_args!("{}-{}", self.first, self.last))
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for StatusRange {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "StatusRange".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "A status, a class or a range with both ends.",
            "anyOf": [
                {"type": "integer", "minimum": 100, "maximum": 599},
                {"type": "string", "pattern": "^[1-5](xx|[0-9]{2}(-[1-5][0-9]{2})?)$"}
            ],
            "examples": [404, "4xx", "500-503"]
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn reads_codes_classes_and_ranges() {
        for (text, first, last) in [
            ("200", 200, 200),
            ("4xx", 400, 499),
            ("500-599", 500, 599),
            ("100-100", 100, 100),
        ] {
            let range = StatusRange::parse(text).unwrap();
            assert_eq!(range, StatusRange { first, last }, "{text}");
            assert!(range.contains(first) && range.contains(last));
            assert!(!range.contains(first - 1) && !range.contains(last + 1));
        }
        assert_eq!(
            crate::from_value(json!(404)),
            Ok(StatusRange {
                first: 404,
                last: 404
            })
        );
    }

    #[test]
    fn refuses_everything_else() {
        for text in [
            "", "2", "099", "600", "6xx", "0xx", "xx", "4XX", "500-499", "200-", "-1", "2x", "+4xx",
        ] {
            assert_eq!(StatusRange::parse(text), None, "{text}");
        }
        for value in [
            json!(99),
            json!(600),
            json!(200.5),
            json!(-200),
            json!(["200"]),
        ] {
            let error = crate::from_value::<StatusRange>(value)
                .unwrap_err()
                .to_string();
            assert!(
                error.contains("expected a status from 100 to 599"),
                "{error}"
            );
        }
    }
}
