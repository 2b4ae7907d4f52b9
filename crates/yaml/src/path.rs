//! How a place in a document is named.

/// One step of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Segment<'p> {
    /// Into a mapping.
    Key(&'p str),
    /// Into a list.
    Index(usize),
}

/// A path into a document: made from a string or from segments by `into()`.
///
/// Segments always mean one place. A string is what `serde_path_to_error` prints
/// (`rules[2].when.status[0]`, `.` for the root) and is matched against the keys that exist, so
/// keys with dots and brackets work: of several readings that exist the one with the longest
/// first key is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Path<'p> {
    /// As printed.
    Text(&'p str),
    /// Step by step.
    Segments(&'p [Segment<'p>]),
}

impl<'p> From<&'p str> for Path<'p> {
    fn from(text: &'p str) -> Self {
        Self::Text(text)
    }
}

impl<'p> From<&'p String> for Path<'p> {
    fn from(text: &'p String) -> Self {
        Self::Text(text)
    }
}

impl<'p> From<&'p [Segment<'p>]> for Path<'p> {
    fn from(segments: &'p [Segment<'p>]) -> Self {
        Self::Segments(segments)
    }
}

impl<'p, const N: usize> From<&'p [Segment<'p>; N]> for Path<'p> {
    fn from(segments: &'p [Segment<'p>; N]) -> Self {
        Self::Segments(segments)
    }
}

impl<'p> From<&'p Vec<Segment<'p>>> for Path<'p> {
    fn from(segments: &'p Vec<Segment<'p>>) -> Self {
        Self::Segments(segments)
    }
}

/// Takes `[<index>]` off the front of a printed path.
pub(crate) fn split_index(text: &str) -> Option<(usize, &str)> {
    let (index, rest) = text.strip_prefix('[')?.split_once(']')?;
    Some((index.parse().ok()?, rest))
}

/// Takes a key off the front of a printed path, if the path goes on or ends behind it.
pub(crate) fn split_key<'t>(text: &'t str, key: &str) -> Option<&'t str> {
    let rest = text.strip_prefix(key)?;
    (rest.is_empty() || rest.starts_with(['.', '['])).then_some(rest)
}
