//! Request paths, read in one way by every filter.
//!
//! The query and the fragment come off first, then the path is split on `/`, and only then are
//! segments decoded: `%2F` and `%5C` never become separators. What two servers may read in two ways
//! is not canonical ([`NotCanonical`]): it matches no bypass and no negated condition, a filter that
//! refuses answers 400, and the others leave it alone.

mod canonical;
mod decode;
mod pattern;
mod query;
mod template;

use std::borrow::Cow;

pub use canonical::NotCanonical;
pub use pattern::PathPattern;
pub use query::{Parameter, Parameters, decode_form};
pub use template::PathTemplate;

/// A request target (`:path`), taken apart. It borrows, and nothing is copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestPath<'a> {
    path: &'a [u8],
    tail: &'a [u8],
}

impl<'a> RequestPath<'a> {
    /// Takes a target apart. Every sequence of bytes has a reading;
    /// [`canonical`](Self::canonical) says whether it is the only one.
    pub fn new(target: &'a [u8]) -> Self {
        let end = target
            .iter()
            .position(|b| matches!(b, b'?' | b'#'))
            .unwrap_or(target.len());
        let (path, tail) = target.split_at_checked(end).unwrap_or((target, b""));
        Self { path, tail }
    }

    /// The path as it was sent: without query and fragment, nothing decoded.
    pub fn path(self) -> &'a [u8] {
        self.path
    }

    /// Everything after the path, the `?` or `#` included, byte for byte.
    pub fn tail(self) -> &'a [u8] {
        self.tail
    }

    /// The query as it was sent, without its `?`; none where there is no `?`.
    pub fn query(self) -> Option<&'a [u8]> {
        let query = self.tail.strip_prefix(b"?")?;
        let end = query.iter().position(|b| *b == b'#').unwrap_or(query.len());
        query.get(..end)
    }

    /// The query's parameters in order.
    pub fn parameters(self) -> Parameters<'a> {
        Parameters::new(self.query().unwrap_or_default())
    }

    /// The segments in order. `/` has one, which is empty; `/a/` has `a` and an empty one. A target
    /// that does not begin with `/` has none.
    pub fn segments(self) -> Segments<'a> {
        Segments {
            rest: self.path.strip_prefix(b"/"),
        }
    }

    /// Whether every server reads the path in the same way, parameters (`;`) aside: those count
    /// only in segments that decide, see [`Segment::plain`].
    pub fn canonical(self) -> Result<(), NotCanonical> {
        canonical::check(self)
    }
}

/// The segments of a path, in order.
#[derive(Debug, Clone)]
pub struct Segments<'a> {
    /// What follows the last slash; none at the end.
    rest: Option<&'a [u8]>,
}

impl<'a> Iterator for Segments<'a> {
    type Item = Segment<'a>;

    fn next(&mut self) -> Option<Segment<'a>> {
        let (raw, rest) = cut(self.rest?, b'/');
        self.rest = rest;
        Some(Segment { raw })
    }
}

/// What stands before the first `separator`, and what follows it where there is one.
fn cut(text: &[u8], separator: u8) -> (&[u8], Option<&[u8]>) {
    match text.iter().position(|b| *b == separator) {
        Some(at) => (
            text.get(..at).unwrap_or_default(),
            text.get(at.saturating_add(1)..),
        ),
        None => (text, None),
    }
}

/// What stands between two slashes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment<'a> {
    raw: &'a [u8],
}

impl<'a> Segment<'a> {
    /// The bytes as they were sent.
    pub fn raw(self) -> &'a [u8] {
        self.raw
    }

    /// The bytes with percent-encoding undone, once. An escape that is none stays as it is.
    pub fn decoded(self) -> Cow<'a, [u8]> {
        if self.raw.contains(&b'%') {
            Cow::Owned(decode::bytes(self.raw).collect())
        } else {
            Cow::Borrowed(self.raw)
        }
    }

    /// Whether the decoded bytes are `text`; nothing is allocated.
    pub fn is(self, text: &[u8]) -> bool {
        decode::bytes(self.raw).eq(text.iter().copied())
    }

    /// A segment that a decision rests on: one with parameters (`admin;x=1`) is `admin` to some
    /// servers, so it is not canonical. `%3B` is no parameter.
    pub fn plain(self) -> Result<Self, NotCanonical> {
        if self.raw.contains(&b';') {
            Err(NotCanonical::Parameters)
        } else {
            Ok(self)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segments(target: &str) -> Vec<&[u8]> {
        RequestPath::new(target.as_bytes())
            .segments()
            .map(Segment::raw)
            .collect()
    }

    #[test]
    fn query_and_fragment_come_off_first() {
        let path = RequestPath::new(b"/a%2Fb/?x=/c#d?e");
        assert_eq!(path.path(), b"/a%2Fb/");
        assert_eq!(path.tail(), b"?x=/c#d?e");
        assert_eq!(path.query(), Some(&b"x=/c"[..]));
        assert_eq!(RequestPath::new(b"/a#b?c").query(), None);
        assert_eq!(RequestPath::new(b"/a?").query(), Some(&b""[..]));
    }

    #[test]
    fn splits_before_it_decodes() {
        assert_eq!(segments("/a%2Fb/%5C/"), [&b"a%2Fb"[..], b"%5C", b""]);
        assert_eq!(segments("/"), [b""]);
        assert_eq!(segments("*"), [b""; 0]);
        assert_eq!(segments(""), [b""; 0]);
        let path = RequestPath::new(b"/a%2fb");
        let segment = path.segments().next().unwrap();
        assert_eq!(segment.decoded().as_ref(), b"a/b");
        assert!(segment.is(b"a/b"));
        assert!(!segment.is(b"a"));
    }

    #[test]
    fn a_segment_with_parameters_decides_nothing() {
        let path = RequestPath::new(b"/admin;x=1/%3B");
        let plain: Vec<_> = path.segments().map(|s| s.plain().is_ok()).collect();
        assert_eq!(plain, [false, true]);
    }
}
