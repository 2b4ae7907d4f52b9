//! Where something was written, and how.

use std::fmt;

/// A place in the text. Both numbers start at one; the column counts characters, not bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
}

impl Position {
    /// The first character of the text.
    pub(crate) const START: Self = Self { line: 1, column: 1 };
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

/// A scalar as its author wrote it: what a message needs to say "`1.10` was read as 1.1".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scalar {
    /// The text without its quotes, escapes and line folds resolved.
    pub text: String,
    /// Neither quoted nor a block (`|`, `>`): only such a scalar can turn into something other
    /// than a string unasked.
    pub plain: bool,
}

/// One key or one value in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// Where it starts; for a list under dashes, where its first dash or item does. An alias (`*a`)
    /// is marked where it stands, what is inside of it where that was written; an empty value is
    /// marked at its key.
    pub position: Position,
    /// How it was written; `None` for lists and mappings.
    pub scalar: Option<Scalar>,
}
