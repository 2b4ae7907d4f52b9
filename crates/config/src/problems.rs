//! What is wrong with a config, collected while it is compiled.

use crate::{ConfigErrors, Path};

/// What has been found so far: a person sees everything at once.
#[derive(Debug, Default)]
pub struct Problems(Vec<ConfigErrors>);

impl Problems {
    /// Adds one; `found` is shown as it is.
    #[inline(never)]
    pub fn add(&mut self, path: &Path<'_>, expected: &str, found: &str) {
        self.0.push(ConfigErrors::new(path, expected, found));
    }

    /// Adds one where a text stood, which is shown in quotes.
    pub fn add_text(&mut self, path: &Path<'_>, expected: &str, found: &str) {
        self.add(path, expected, &format!("{found:?}"));
    }

    /// Adds every text of a list that is empty.
    pub fn no_empty(&mut self, list: &[String], path: &Path<'_>) {
        for (i, text) in list.iter().enumerate() {
            if text.is_empty() {
                self.add_text(&path.index(i), "some text", text);
            }
        }
    }

    /// What another check gives, or none and what it found.
    pub fn keep<T>(&mut self, result: Result<T, ConfigErrors>) -> Option<T> {
        result.map_err(|errors| self.0.push(errors)).ok()
    }

    /// Whether nothing was found.
    ///
    /// # Errors
    /// All of it.
    pub fn none(self) -> Result<(), ConfigErrors> {
        ConfigErrors::collect(self.0)
    }
}
