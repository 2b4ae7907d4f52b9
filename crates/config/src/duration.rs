//! Durations as Gateway API writes them.

use std::fmt;

use serde::de::{self, Deserializer};
use serde::{Deserialize, Serialize};

/// A length of time, written as Gateway API does (GEP-2257): one to four whole numbers of at most
/// five digits, each with a unit of `h`, `m`, `s` or `ms`, which add up: `1h30m`, `60s`, `500ms`.
/// Their sum is below 100000 hours, so that every duration can be written in this form again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Duration {
    milliseconds: u64,
}

/// The units by which a duration is written, largest first, in milliseconds.
const UNITS: [(&str, u64); 4] = [("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];
const MAX_PARTS: usize = 4;
const MAX_DIGITS: usize = 5;
/// 100000 hours.
const LIMIT: u64 = 360_000_000_000;

impl Duration {
    /// From whole milliseconds.
    pub const fn from_milliseconds(milliseconds: u64) -> Self {
        Self { milliseconds }
    }

    /// From whole seconds.
    pub const fn from_seconds(seconds: u64) -> Self {
        Self {
            milliseconds: seconds.saturating_mul(1_000),
        }
    }

    /// All of it in milliseconds.
    pub const fn milliseconds(self) -> u64 {
        self.milliseconds
    }

    /// All of it in seconds, where it is a whole number of them.
    pub const fn whole_seconds(self) -> Option<u64> {
        if self.milliseconds.is_multiple_of(1_000) {
            Some(self.milliseconds / 1_000)
        } else {
            None
        }
    }

    /// Reads the written form; none where the text is anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let mut rest = text;
        let mut milliseconds = 0_u64;
        for _ in 0..MAX_PARTS {
            let number = rest.trim_start_matches(|c: char| c.is_ascii_digit());
            let digits = rest.strip_suffix(number)?;
            let after = number.trim_start_matches(|c: char| c.is_ascii_lowercase());
            let unit = number.strip_suffix(after)?;
            let (_, scale) = UNITS.iter().find(|(name, _)| *name == unit)?;
            if digits.is_empty() || digits.len() > MAX_DIGITS {
                return None;
            }
            let part = digits.parse::<u64>().ok()?.checked_mul(*scale)?;
            milliseconds = milliseconds.checked_add(part)?;
            if after.is_empty() {
                return (milliseconds < LIMIT).then_some(Self { milliseconds });
            }
            rest = after;
        }
        None
    }
}

impl fmt::Display for Duration {
    /// The shortest form with the largest units first; `0s` for none.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.milliseconds == 0 {
            return f.write_str("0s");
        }
        let mut rest = self.milliseconds;
        for (unit, scale) in UNITS {
            let count = rest.checked_div(scale).unwrap_or(0);
            rest = rest.checked_rem(scale).unwrap_or(0);
            if count > 0 {
                write!(f, "{count}{unit}")?;
            }
        }
        Ok(())
    }
}

impl<'de> Deserialize<'de> for Duration {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct Text;
        impl de::Visitor<'_> for Text {
            type Value = Duration;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a duration string such as 1h30m, 60s or 500ms")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Duration, E> {
                Duration::parse(text)
                    .ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self))
            }
        }
        d.deserialize_str(Text)
    }
}

impl Serialize for Duration {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Duration {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Duration".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "description": "A duration as Gateway API writes it: whole numbers, each with h, m, s or ms.",
            "pattern": "^([0-9]{1,5}(h|m|s|ms)){1,4}$",
            "examples": ["10m", "1h30m", "500ms"]
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_gateway_api_does() {
        for (text, milliseconds, shown) in [
            ("0s", 0, "0s"),
            ("0h0m0s", 0, "0s"),
            ("500ms", 500, "500ms"),
            ("60s", 60_000, "1m"),
            ("1h30m", 5_400_000, "1h30m"),
            ("10s30m1h", 5_410_000, "1h30m10s"),
            ("100ms200ms300ms", 600, "600ms"),
            ("7230s", 7_230_000, "2h30s"),
            ("00010m", 600_000, "10m"),
            ("99999h59m59s999ms", LIMIT - 1, "99999h59m59s999ms"),
        ] {
            let duration = Duration::parse(text).unwrap();
            assert_eq!(duration.milliseconds(), milliseconds, "{text}");
            assert_eq!(duration.to_string(), shown);
            assert_eq!(Duration::parse(shown), Some(duration));
        }
    }

    #[test]
    fn refuses_everything_else() {
        for text in [
            "",
            "1",
            "m",
            "1m1",
            "1d",
            "1us",
            "1.5h",
            "-15m",
            "+1s",
            " 1s",
            "1s ",
            "1 s",
            "1H",
            "1M",
            "100000s",
            "1h1h1h1h1h",
            "99999h1h",
            "1msm",
            "1sms",
            "１s",
            "1h\n",
        ] {
            assert_eq!(Duration::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn says_what_it_takes() {
        let error = crate::from_value::<Duration>(serde_json::json!("1 minute")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "expected a duration string such as 1h30m, 60s or 500ms, found string \"1 minute\""
        );
        let error = crate::from_value::<Duration>(serde_json::json!(60)).unwrap_err();
        assert!(error.to_string().contains("write it in quotes"), "{error}");
    }

    #[test]
    fn knows_whole_seconds() {
        assert_eq!(Duration::parse("1500ms").unwrap().whole_seconds(), None);
        assert_eq!(Duration::parse("2m").unwrap().whole_seconds(), Some(120));
        assert_eq!(
            Duration::from_seconds(3),
            Duration::from_milliseconds(3_000)
        );
    }
}
