//! Errors that name the place, what was expected there and what was found.

use std::fmt;

use crate::Path;

/// One thing that is wrong in a config.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    /// Where, as `rules[2].when.status[0]`; empty for the config as a whole.
    pub path: String,
    /// What the field takes, and the remedy where it is not plain from that.
    pub expected: String,
    /// What stood there, as JSON; empty when nothing did.
    pub found: String,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        write!(f, "expected {}", self.expected)?;
        if !self.found.is_empty() {
            write!(f, ", found {}", self.found)?;
        }
        Ok(())
    }
}

/// Everything that is wrong in a config. Never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigErrors(Vec<ConfigError>);

impl ConfigErrors {
    /// One error at `path`. `found` is shown as it is: pass JSON text, or nothing.
    pub fn new(path: &Path<'_>, expected: impl Into<String>, found: impl Into<String>) -> Self {
        Self(vec![ConfigError {
            path: path.to_string(),
            expected: expected.into(),
            found: found.into(),
        }])
    }

    /// The errors of several checks as one result, so that a person sees all of them at once.
    pub fn collect(found: impl IntoIterator<Item = ConfigErrors>) -> Result<(), Self> {
        let all: Vec<_> = found.into_iter().flat_map(|errors| errors.0).collect();
        if all.is_empty() {
            Ok(())
        } else {
            Err(Self(all))
        }
    }

    /// The errors, in the order in which they were found.
    pub fn iter(&self) -> impl Iterator<Item = &ConfigError> {
        self.0.iter()
    }
}

impl From<ConfigError> for ConfigErrors {
    fn from(error: ConfigError) -> Self {
        Self(vec![error])
    }
}

impl fmt::Display for ConfigErrors {
    /// All errors on one line, `; ` between them: a host logs one line per refused config.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, error) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str("; ")?;
            }
            error.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigErrors {}
