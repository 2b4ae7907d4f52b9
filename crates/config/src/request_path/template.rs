//! Paths with segments that have names: `/orders/{id}`.

use std::fmt;

use serde::Deserialize;
use serde::de::{self, Deserializer};

use super::{NotCanonical, RequestPath, Segment};

/// A path whose segments are text, compared after decoding, or `{name}`, which takes one segment
/// that is not empty. `/**` at the end takes whatever follows, or nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathTemplate {
    segments: Vec<Expected>,
    open: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Expected {
    Text(Vec<u8>),
    Capture(String),
}

impl PathTemplate {
    /// Reads the written form; none where it is anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let (path, open) = match text.strip_suffix("/**") {
            Some(path) => (path, true),
            None => (text, false),
        };
        let written = RequestPath::new(if path.is_empty() && open {
            b"/"
        } else {
            path.as_bytes()
        });
        let canonical = written.canonical().is_ok() && written.tail().is_empty();
        let segments = written.segments().map(expected).collect::<Option<Vec<_>>>();
        let mut segments = segments.filter(|_| canonical)?;
        if path.is_empty() {
            segments.clear();
        }
        let mut names = segments.iter().filter_map(Expected::name).enumerate();
        let distinct = names.all(|(i, name)| {
            !segments
                .iter()
                .filter_map(Expected::name)
                .take(i)
                .any(|other| other == name)
        });
        distinct.then_some(Self { segments, open })
    }

    /// Whether the path is of this form; none where it can be read in two ways.
    pub fn fits(&self, path: RequestPath<'_>) -> Option<bool> {
        Some(self.captures(path).ok()?.is_some())
    }

    /// What stands for each name, in order; none where the path is not of this form, and an error
    /// where it can be read in two ways.
    pub fn captures<'p>(
        &self,
        path: RequestPath<'p>,
    ) -> Result<Option<Vec<Segment<'p>>>, NotCanonical> {
        path.canonical()?;
        let mut found = path.segments();
        let mut same = true;
        let mut captured = vec![];
        for expected in &self.segments {
            let Some(segment) = found.next() else {
                same = false;
                continue;
            };
            same &= expected.fits(segment.plain()?);
            if let Expected::Capture(_) = expected {
                captured.push(segment);
            }
        }
        let fits = same && (self.open || found.next().is_none());
        Ok(fits.then_some(captured))
    }

    /// The place among the segments of the one that has this name.
    pub fn place(&self, name: &str) -> Option<usize> {
        self.segments
            .iter()
            .position(|segment| segment.name() == Some(name))
    }

    /// The names that it captures, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.segments.iter().filter_map(Expected::name)
    }
}

impl Expected {
    fn name(&self) -> Option<&str> {
        match self {
            Self::Text(_) => None,
            Self::Capture(name) => Some(name),
        }
    }

    fn fits(&self, segment: Segment<'_>) -> bool {
        match self {
            Self::Text(text) => segment.is(text),
            Self::Capture(_) => !segment.raw().is_empty(),
        }
    }
}

fn expected(segment: Segment<'_>) -> Option<Expected> {
    let raw = segment.plain().ok()?.raw();
    let inside = raw
        .strip_prefix(b"{")
        .and_then(|raw| raw.strip_suffix(b"}"));
    match inside {
        Some(name) => {
            let ok =
                !name.is_empty() && name.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'_');
            ok.then(|| Expected::Capture(String::from_utf8_lossy(name).into_owned()))
        }
        None if raw.iter().any(|b| b"{}*".contains(b)) => None,
        None => Some(Expected::Text(segment.decoded().into_owned())),
    }
}

impl<'de> Deserialize<'de> for PathTemplate {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct Text;
        impl de::Visitor<'_> for Text {
            type Value = PathTemplate;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(
                    "a path as /orders/{id} or /orders/{id}/**, each {name} a whole segment and \
                     there once",
                )
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<PathTemplate, E> {
                PathTemplate::parse(text)
                    .ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self))
            }
        }
        d.deserialize_str(Text)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for PathTemplate {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "PathTemplate".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "description": "A path whose segments are text or `{name}`, which takes one segment \
                            and can be named elsewhere. `/**` at the end takes whatever follows.",
            "pattern": "^/[^?#;\\\\]*$",
            "examples": ["/orders/{id}", "/tenants/{tenant}/**"]
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(template: &str, target: &str) -> Option<bool> {
        PathTemplate::parse(template)
            .unwrap()
            .fits(RequestPath::new(target.as_bytes()))
    }

    #[test]
    fn a_name_takes_one_segment() {
        for (template, target, expected) in [
            ("/orders/{id}", "/orders/7?x=1", true),
            ("/orders/{id}", "/%6frders/a%2Fb", true),
            ("/orders/{id}", "/orders/", false),
            ("/orders/{id}", "/orders/7/", false),
            ("/orders/{id}", "/orders/7/items", false),
            ("/orders/{id}", "/order/7", false),
            ("/{a}/{b}", "/x/y", true),
            ("/t/{a}/**", "/t/x", true),
            ("/t/{a}/**", "/t/x/", true),
            ("/t/{a}/**", "/t/x/y/z;p", true),
            ("/t/{a}/**", "/t", false),
            ("/**", "/a", true),
            ("/", "/", true),
        ] {
            assert_eq!(
                fits(template, target),
                Some(expected),
                "{template} {target}"
            );
        }
    }

    #[test]
    fn what_has_two_readings_fits_neither_way() {
        for target in [
            "/orders/..",
            "/orders//7",
            "/orders/7;x",
            "/orders;x/7",
            "*",
            "",
        ] {
            assert_eq!(fits("/orders/{id}", target), None, "{target}");
        }
    }

    #[test]
    fn refuses_what_is_no_template() {
        for text in [
            "", "orders", "/{}", "/{a}/{a}", "/{a-b}", "/a{b}", "/a/*", "/**/a", "/a?b", "/../a",
            "/{a",
        ] {
            assert_eq!(PathTemplate::parse(text), None, "{text}");
        }
    }

    #[test]
    fn what_stands_for_names_comes_in_their_order() {
        let template = PathTemplate::parse("/t/{tenant}/o/{id}").unwrap();
        let of = |target: &'static str| {
            let captured = template.captures(RequestPath::new(target.as_bytes()));
            captured
                .map(|found| found.map(|all| all.into_iter().map(Segment::raw).collect::<Vec<_>>()))
        };
        assert_eq!(of("/t/a%20b/o/7?x"), Ok(Some(vec![&b"a%20b"[..], b"7"])));
        assert_eq!(of("/t/a/p/7"), Ok(None));
        assert_eq!(of("/t/a/o/7;x"), Err(NotCanonical::Parameters));
    }

    #[test]
    fn names_have_places() {
        let template = PathTemplate::parse("/t/{tenant}/o/{id}").unwrap();
        assert_eq!(template.place("tenant"), Some(1));
        assert_eq!(template.place("id"), Some(3));
        assert_eq!(template.place("x"), None);
        assert_eq!(template.names().collect::<Vec<_>>(), ["tenant", "id"]);
    }
}
