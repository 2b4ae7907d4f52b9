//! What went on past the filter.

use crate::fields::Fields;

/// A message, or the part of it that has left the filter so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Message {
    /// The headers; none where they have not left.
    pub headers: Option<Fields>,
    /// The body so far.
    pub body: Vec<u8>,
    /// The trailers.
    pub trailers: Option<Fields>,
    /// Whether it is whole.
    pub ended: bool,
}

impl Message {
    /// The first value of a header.
    pub fn value(&self, name: impl AsRef<[u8]>) -> Option<&[u8]> {
        self.headers
            .as_ref()
            .and_then(|headers| headers.value(name))
    }
}
