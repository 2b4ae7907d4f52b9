//! What can be wrong.

use std::fmt;

use crate::Refused;

/// Why a document cannot be transformed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    /// It is no JSON text.
    NotJson {
        /// The byte where it is none.
        at: usize,
    },
    /// An object has the member that an operation names more than once: which of them another
    /// reader takes, nobody knows (RFC 8259, 4).
    Ambiguous,
    /// There are more elements and members on the way to the places that operations name than are
    /// taken apart, or the result is longer than it may be.
    TooLarge,
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        Problem::NotJson { at: refused.at }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Problem::NotJson { .. } => "it is not JSON",
            Problem::Ambiguous => "a member that is changed is there more than once",
            Problem::TooLarge => "it is too large to be changed",
        })
    }
}

impl std::error::Error for Problem {}

/// Why an operation can never be one: what it should have been.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wrong(pub &'static str);

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {}", self.0)
    }
}

impl std::error::Error for Wrong {}
