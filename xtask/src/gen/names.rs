//! A filter's name in its several spellings.

use anyhow::{Result, ensure};

/// A filter's name is lower-case words with hyphens: it becomes crate names and Rust types.
pub(crate) fn check_name(name: &str) -> Result<()> {
    let word = |w: &str| {
        w.starts_with(|c: char| c.is_ascii_lowercase())
            && w.chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
    };
    ensure!(
        name.split('-').all(word),
        "a filter's name is lower-case words with hyphens between, as `jwt-validation`; not `{name}`"
    );
    Ok(())
}

/// `jwt-validation` to `JwtValidation`: the name of the policy's type.
pub(crate) fn type_name(name: &str) -> String {
    name.split('-').map(capitalised).collect()
}

/// `jwt-validation` to `jwt_validation`.
pub(crate) fn module_name(name: &str) -> String {
    name.replace('-', "_")
}

/// The text with its first letter in upper case.
pub(crate) fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}
