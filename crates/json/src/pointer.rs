//! JSON Pointer (RFC 6901) with `*` for each element of a list.

use std::fmt;

use crate::Wrong;

/// The places in a document that an operation names.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pointer(Vec<Segment>);

/// One step on the way to a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Segment {
    /// The member of that name, or the element of that number.
    Name(String),
    /// Every element of a list.
    Each,
}

/// More is nobody's path, and bounds how often a text is read.
const MAX_SEGMENTS: usize = 16;

impl Pointer {
    /// Reads one: empty for the whole document, else `/` before each step, `~1` for `/` and `~0`
    /// for `~`.
    pub fn parse(text: &str) -> Result<Self, Wrong> {
        const FORM: Wrong = Wrong("a JSON Pointer, as /items/*/price");
        let Some(steps) = text.strip_prefix('/') else {
            return if text.is_empty() {
                Ok(Self::default())
            } else {
                Err(FORM)
            };
        };
        let segments = steps.split('/').map(segment).collect::<Option<Vec<_>>>();
        let segments = segments.ok_or(FORM)?;
        if segments.len() > MAX_SEGMENTS {
            return Err(Wrong("at most 16 steps"));
        }
        Ok(Self(segments))
    }

    /// The steps.
    pub fn segments(&self) -> &[Segment] {
        &self.0
    }

    /// Whether it names the whole document.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// The way to the parent, and the name of the member there; none for the whole document and
    /// for every element.
    pub fn parent(&self) -> Option<(Self, &str)> {
        match self.0.split_last()? {
            (Segment::Name(name), parent) => Some((Self(parent.to_vec()), name)),
            (Segment::Each, _) => None,
        }
    }

    /// Splits behind the last `*`: what comes after it names one place in each element.
    pub(crate) fn behind_each(&self) -> (&[Segment], &[Segment]) {
        let last = self.0.iter().rposition(|s| *s == Segment::Each);
        let at = last.map_or(0, |last| last.saturating_add(1));
        self.0.split_at_checked(at).unwrap_or((&self.0, &[]))
    }
}

fn segment(text: &str) -> Option<Segment> {
    if text == "*" {
        return Some(Segment::Each);
    }
    let mut name = String::new();
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        name.push(match character {
            '~' => match characters.next()? {
                '0' => '~',
                '1' => '/',
                _ => return None,
            },
            other => other,
        });
    }
    Some(Segment::Name(name))
}

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|segment| match segment {
            Segment::Name(name) => write!(f, "/{}", name.replace('~', "~0").replace('/', "~1")),
            Segment::Each => f.write_str("/*"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes() {
        for text in ["", "/", "/a", "/a/*/b", "/a~1b/~0c", "/0/-", "/*", "/a b"] {
            assert_eq!(Pointer::parse(text).unwrap().to_string(), text);
        }
        for text in ["a", "/~", "/~2", "a/b"] {
            assert!(Pointer::parse(text).is_err(), "{text}");
        }
        assert!(Pointer::parse(&"/a".repeat(17)).is_err());
    }

    #[test]
    fn splits_behind_the_last_star() {
        let split = |text: &str| {
            let pointer = Pointer::parse(text).unwrap();
            let (before, behind) = pointer.behind_each();
            (before.len(), behind.len())
        };
        assert_eq!(split("/a/b"), (0, 2));
        assert_eq!(split("/a/*/b/*/c/d"), (4, 2));
        assert_eq!(split("/a/*"), (2, 0));
    }
}
