//! What can be wrong with a text.

use crate::{MAX_BYTES, MAX_DEPTH, Position};

/// Why a text was refused, and where: its `Display` is one line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{position}: {kind}")]
pub struct Error {
    /// Where the problem starts.
    pub position: Position,
    /// What the problem is.
    pub kind: ErrorKind,
}

impl Error {
    pub(crate) fn new(position: Position, kind: ErrorKind) -> Self {
        Self { position, kind }
    }
}

/// The problems that a text can have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Longer than [`MAX_BYTES`]: no config is, and reading costs memory.
    #[error("the text is longer than {MAX_BYTES} bytes")]
    TooLarge,
    /// Nested deeper than [`MAX_DEPTH`]: other readers give up there too.
    #[error("nested deeper than {MAX_DEPTH} levels")]
    TooDeep,
    /// Empty, or comments alone.
    #[error("there is no document in this text")]
    NoDocument,
    /// One document was asked for, and a second one begins here.
    #[error("a second document begins here; exactly one is expected")]
    SeveralDocuments,
    /// More after the `...` that ends a document: `kubectl` drops it in silence.
    #[error("nothing is read between the `...` above and the next `---`")]
    Unread,
    /// Not YAML; the parser's own words.
    #[error("{0}")]
    Syntax(String),
    /// A character that `kubectl` refuses, or reads in a way of its own.
    #[error("the character U+{:04X} must be written as an escape in double quotes", u32::from(*.0))]
    Character(char),
    /// YAML forbids it, and readers disagree on which of the two counts.
    #[error("key \"{key}\" is set twice (first on line {})", .first.line)]
    DuplicateKey {
        /// The key as a string.
        key: String,
        /// Where it was set first.
        first: Position,
    },
    /// `kubectl` would drop the value above, other readers would keep it.
    #[error(
        "this merge replaces key \"{key}\" set on line {}; write `<<` above the keys that it must \
         not replace", .first.line
    )]
    MergeReplaces {
        /// The key as a string.
        key: String,
        /// Where it was set first.
        first: Position,
    },
    /// `<<` takes a mapping, an alias of one, or a list of these.
    #[error("`<<` needs a mapping, an alias of a mapping, or a list of those")]
    MergeValue,
    /// A key that is a list or a mapping.
    #[error("a key must be a scalar, not a list or a mapping")]
    CompoundKey,
    /// A key that `kubectl` cannot turn into a string: null, or a number above 2^63 - 1.
    #[error("`{0}` cannot be a key; write it in quotes")]
    UnusableKey(String),
    /// `.inf` and `.nan` exist in YAML alone.
    #[error("`{0}` cannot be represented in JSON; write it in quotes if it is a name")]
    NotJson(String),
    /// The text does not have the type that its tag demands.
    #[error("`{text}` cannot be read as {tag}")]
    TagMismatch {
        /// The scalar's text.
        text: String,
        /// The tag in its short form (`!!int`).
        tag: String,
    },
    /// A tag whose values have no place in JSON.
    #[error("the tag {0} is not supported")]
    UnsupportedTag(String),
    /// An alias without its anchor in the same document.
    #[error("this alias names no anchor of this document")]
    UnknownAnchor,
    /// An alias inside of what its anchor marks.
    #[error("this alias contains itself")]
    SelfReference,
    /// Aliases of aliases multiply: a short text that fills the memory.
    #[error("the aliases in this document expand to too much")]
    ExcessiveAliases,
}
