//! A document that was read: its value, and where each part of it was written.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{
    Mark, Path, Position, Scalar, Segment,
    path::{split_index, split_key},
};

/// One document: its value as `kubectl` would send it, and where each part was written.
///
/// ```
/// use hachure_yaml::Segment;
///
/// let document = hachure_yaml::parse("labels:\n  a.b: x\n")?;
/// assert_eq!(document.position("labels.a.b").map(|p| p.line), Some(2));
/// let path = [Segment::Key("labels"), Segment::Key("a.b")];
/// assert_eq!(document.position(&path), document.position("labels.a.b"));
/// assert_eq!(document.nearest("labels.missing").value.position.line, 2);
/// # Ok::<(), hachure_yaml::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Document {
    /// The value. Change it freely: places keep speaking of the text.
    pub value: Value,
    trace: Trace,
}

/// A place of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place<'d> {
    /// The value.
    pub value: &'d Mark,
    /// The key that it is set under; `None` for the root and for items of a list.
    pub key: Option<&'d Mark>,
}

impl Document {
    pub(crate) fn new(value: Value, trace: Trace) -> Self {
        Self { value, trace }
    }

    /// The place of the whole document.
    #[must_use]
    pub fn root(&self) -> Place<'_> {
        self.trace.place()
    }

    /// The place that a path names, or `None` if the document has no such path.
    #[must_use]
    pub fn place<'p>(&self, path: impl Into<Path<'p>>) -> Option<Place<'_>> {
        let found = self.search(path.into());
        found.is_exact.then(|| found.trace.place())
    }

    /// The place that a path names, or else the one of its nearest ancestor that exists: where to
    /// point for a field that is missing.
    #[must_use]
    pub fn nearest<'p>(&self, path: impl Into<Path<'p>>) -> Place<'_> {
        self.search(path.into()).trace.place()
    }

    /// Where the value at a path starts.
    #[must_use]
    pub fn position<'p>(&self, path: impl Into<Path<'p>>) -> Option<Position> {
        self.place(path).map(|place| place.value.position)
    }

    /// Where the key at the end of a path starts: where to point for an unknown field.
    #[must_use]
    pub fn key_position<'p>(&self, path: impl Into<Path<'p>>) -> Option<Position> {
        self.place(path)
            .and_then(|place| place.key)
            .map(|key| key.position)
    }

    /// How the scalar at a path was written; `None` for lists and mappings too.
    #[must_use]
    pub fn scalar<'p>(&self, path: impl Into<Path<'p>>) -> Option<&Scalar> {
        self.place(path)
            .and_then(|place| place.value.scalar.as_ref())
    }

    fn search(&self, path: Path<'_>) -> Found<'_> {
        match path {
            Path::Segments(segments) => self.trace.search_segments(segments),
            Path::Text("" | ".") => Found {
                trace: &self.trace,
                is_exact: true,
                left: 0,
            },
            Path::Text(text) => self.trace.search_text(text, true),
        }
    }
}

/// Where one value was written, and all inside of it: the shadow of the value.
#[derive(Debug, Clone)]
pub(crate) struct Trace {
    pub(crate) value: Mark,
    pub(crate) key: Option<Mark>,
    pub(crate) inside: Inside,
}

/// What a value consists of.
#[derive(Debug, Clone)]
pub(crate) enum Inside {
    Nothing,
    Items(Vec<Trace>),
    Fields(BTreeMap<String, Trace>),
}

/// How far a search came.
struct Found<'d> {
    trace: &'d Trace,
    is_exact: bool,
    /// How much of the path was left over, in bytes.
    left: usize,
}

impl Trace {
    pub(crate) fn leaf(value: Mark) -> Self {
        Self {
            value,
            key: None,
            inside: Inside::Nothing,
        }
    }

    /// The same value under a key. An empty value has no place of its own and takes the key's.
    pub(crate) fn under(mut self, key: Mark) -> Self {
        let is_empty = |scalar: &Scalar| scalar.plain && scalar.text.is_empty();
        if self.value.scalar.as_ref().is_some_and(is_empty) {
            self.value.position = key.position;
        }
        self.key = Some(key);
        self
    }

    fn place(&self) -> Place<'_> {
        Place {
            value: &self.value,
            key: self.key.as_ref(),
        }
    }

    fn search_segments(&self, segments: &[Segment<'_>]) -> Found<'_> {
        let mut trace = self;
        for segment in segments {
            let next = match (&trace.inside, segment) {
                (Inside::Fields(fields), Segment::Key(key)) => fields.get(*key),
                (Inside::Items(items), Segment::Index(index)) => items.get(*index),
                _ => None,
            };
            match next {
                Some(next) => trace = next,
                None => {
                    return Found {
                        trace,
                        is_exact: false,
                        left: 0,
                    };
                }
            }
        }
        Found {
            trace,
            is_exact: true,
            left: 0,
        }
    }

    /// Follows a printed path, of which `rest` is left behind this place. Tries the keys that fit,
    /// longest first, and returns the way that came farthest. Each place has one printed path, so
    /// none is visited twice.
    fn search_text(&self, rest: &str, is_root: bool) -> Found<'_> {
        let mut best = Found {
            trace: self,
            is_exact: rest.is_empty(),
            left: rest.len(),
        };
        if best.is_exact {
            return best;
        }
        match &self.inside {
            Inside::Nothing => {}
            Inside::Items(items) => {
                let next =
                    split_index(rest).and_then(|(index, rest)| Some((items.get(index)?, rest)));
                if let Some((next, rest)) = next {
                    return next.search_text(rest, false);
                }
            }
            Inside::Fields(fields) => {
                let Some(rest) = (if is_root {
                    Some(rest)
                } else {
                    rest.strip_prefix('.')
                }) else {
                    return best;
                };
                let mut fitting: Vec<_> = fields
                    .iter()
                    .filter_map(|(key, next)| Some((split_key(rest, key)?, next)))
                    .collect();
                fitting.sort_by_key(|(rest, _)| rest.len());
                for (rest, next) in fitting {
                    let found = next.search_text(rest, false);
                    if found.left < best.left {
                        best = found;
                    }
                    if best.is_exact {
                        break;
                    }
                }
            }
        }
        best
    }
}
