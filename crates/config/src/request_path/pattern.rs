//! Paths in a config: compared with a request's by whole, decoded segments.

use std::fmt;

use serde::de::{self, Deserializer};
use serde::{Deserialize, Serialize, Serializer};

use super::{NotCanonical, RequestPath, Segment, Segments};

/// A path as a config writes it: `/`, `/orders`, `/api/v1/`. It begins with `/`, is canonical and
/// holds no `;`, `?` or `#`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathPattern {
    text: String,
    /// Decoded; without the empty one that a slash at the end makes.
    segments: Vec<Vec<u8>>,
    trailing_slash: bool,
}

impl PathPattern {
    /// Reads a path of a config, or says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, NotCanonical> {
        let path = RequestPath::new(text.as_bytes());
        path.canonical()?;
        let mut segments = vec![];
        for segment in path.segments() {
            segments.push(segment.plain()?.decoded().into_owned());
        }
        if !path.tail().is_empty() {
            return Err(NotCanonical::NotOriginForm);
        }
        let trailing_slash = segments.pop_if(|last| last.is_empty()).is_some();
        Ok(Self {
            text: text.to_owned(),
            segments,
            trailing_slash,
        })
    }

    /// The path as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the request's path begins with these segments, whole ones: `/v1` begins `/v1`,
    /// `/v1/` and `/v1/a`, never `/v10`. A slash at the end of the pattern does not matter. An
    /// error where the request's path is not canonical or a segment compared has parameters:
    /// neither the condition nor its negation holds then.
    pub fn is_prefix_of(&self, path: RequestPath<'_>) -> Result<bool, NotCanonical> {
        path.canonical()?;
        self.compare(&mut path.segments())
    }

    /// Whether the request's path is this one, the slash at the end included. Errors as
    /// [`is_prefix_of`](Self::is_prefix_of).
    pub fn is(&self, path: RequestPath<'_>) -> Result<bool, NotCanonical> {
        path.canonical()?;
        let mut segments = path.segments();
        let begins = self.compare(&mut segments)?;
        let mut rest = segments.map(Segment::plain);
        let ends = match rest.next().transpose()? {
            None => !self.trailing_slash,
            Some(last) => self.trailing_slash && last.raw().is_empty(),
        };
        Ok(begins && ends && rest.next().transpose()?.is_none())
    }

    fn compare(&self, segments: &mut Segments<'_>) -> Result<bool, NotCanonical> {
        let mut same = true;
        for wanted in &self.segments {
            // Every segment that decides is looked at, also after a difference: `/a;x/b` is no
            // plain «no» for `/z/b`.
            match segments.next() {
                Some(found) => same &= found.plain()?.is(wanted),
                None => same = false,
            }
        }
        Ok(same)
    }
}

impl<'de> Deserialize<'de> for PathPattern {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct Text;
        impl de::Visitor<'_> for Text {
            type Value = PathPattern;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(
                    "a path as /orders: it begins with / and has no dot segment, //, ;, ? or #",
                )
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<PathPattern, E> {
                PathPattern::parse(text)
                    .map_err(|_| E::invalid_value(de::Unexpected::Str(text), &self))
            }
        }
        d.deserialize_str(Text)
    }
}

impl Serialize for PathPattern {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&self.text)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for PathPattern {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Path".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "description": "A path, compared by whole segments after decoding.",
            "pattern": "^/[^?#;\\\\]*$",
            "examples": ["/orders", "/api/v1"]
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prefix(pattern: &str, target: &str) -> Result<bool, NotCanonical> {
        PathPattern::parse(pattern)
            .unwrap()
            .is_prefix_of(RequestPath::new(target.as_bytes()))
    }

    fn exact(pattern: &str, target: &str) -> Result<bool, NotCanonical> {
        PathPattern::parse(pattern)
            .unwrap()
            .is(RequestPath::new(target.as_bytes()))
    }

    #[test]
    fn prefixes_end_at_a_segment() {
        for target in ["/v1", "/v1/", "/v1/a;b", "/v1?x", "/%761/a"] {
            assert_eq!(prefix("/v1", target), Ok(true), "{target}");
            assert_eq!(prefix("/v1/", target), Ok(true), "{target}");
            assert_eq!(prefix("/", target), Ok(true), "{target}");
        }
        for target in ["/v10", "/v", "/", "/V1", "/a/v1", "/v1%2Fa"] {
            assert_eq!(prefix("/v1", target), Ok(false), "{target}");
        }
        assert_eq!(prefix("/a/b", "/a%2Fb"), Ok(false));
    }

    #[test]
    fn an_exact_path_counts_its_slash() {
        for (pattern, target, same) in [
            ("/a", "/a", true),
            ("/a", "/a?b", true),
            ("/a", "/a/", false),
            ("/a/", "/a/", true),
            ("/a/", "/a", false),
            ("/a", "/a/b", false),
            ("/", "/", true),
            ("/", "/a", false),
        ] {
            assert_eq!(exact(pattern, target), Ok(same), "{pattern} {target}");
        }
    }

    #[test]
    fn what_has_two_readings_is_neither_yes_nor_no() {
        assert_eq!(
            prefix("/admin", "/admin;x=1/a"),
            Err(NotCanonical::Parameters)
        );
        assert_eq!(prefix("/z/b", "/a;x/b"), Err(NotCanonical::Parameters));
        assert_eq!(
            prefix("/admin", "/a/../admin"),
            Err(NotCanonical::DotSegment)
        );
        assert_eq!(exact("/a", "/a/b;c"), Err(NotCanonical::Parameters));
        assert_eq!(exact("/a", "*"), Err(NotCanonical::NotOriginForm));
    }

    #[test]
    fn a_config_writes_canonical_paths_only() {
        for text in [
            "", "a", "/a/../b", "/a//b", "/a;b", "/a?b", "/a#b", "/%", "/a b", "\\a",
        ] {
            assert!(PathPattern::parse(text).is_err(), "{text}");
        }
    }
}
