//! What is wrong with a config, collected: a person sees everything at once.

use hachure_config::{ConfigErrors, Path};

/// What has been found so far.
#[derive(Default)]
pub(super) struct Problems(Vec<ConfigErrors>);

impl Problems {
    /// Adds one; `found` is shown as it is.
    #[inline(never)]
    pub(super) fn add(&mut self, path: &Path<'_>, expected: &str, found: &str) {
        self.0.push(ConfigErrors::new(path, expected, found));
    }

    /// Adds one where a text stood, which is shown in quotes.
    pub(super) fn add_text(&mut self, path: &Path<'_>, expected: &str, found: &str) {
        self.add(path, expected, &format!("{found:?}"));
    }

    /// Adds what another check found.
    pub(super) fn more(&mut self, errors: ConfigErrors) {
        self.0.push(errors);
    }

    /// Whether nothing was found.
    pub(super) fn none(self) -> Result<(), ConfigErrors> {
        ConfigErrors::collect(self.0)
    }
}
