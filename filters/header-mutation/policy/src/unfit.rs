//! Why a rule was not carried out.

/// Why a rule that applies did nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Unfit {
    /// Something that its value is made of is not there; what, in words.
    Missing(String),
    /// Its value must not stand where the rule would put it.
    Invalid,
    /// Its value is too large, or too large to search.
    TooLarge,
}
