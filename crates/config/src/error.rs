//! Errors that name the place, what was expected there and what was found.

use std::fmt;

use crate::{Path, quoted};

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
            on_one_line(&self.path, f)?;
            f.write_str(": ")?;
        }
        f.write_str("expected ")?;
        on_one_line(&self.expected, f)?;
        if !self.found.is_empty() {
            f.write_str(", found ")?;
            on_one_line(&self.found, f)?;
        }
        Ok(())
    }
}

/// In quotes where it has line breaks, as the name of a member may.
fn on_one_line(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match text.bytes().any(|byte| byte < b' ') {
        true => f.write_str(&quoted(text)),
        false => f.write_str(text),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_one_line_whatever_a_member_is_called() {
        let error = ConfigErrors::new(&Path::ROOT.key("a\r\nb"), "b", "`\t`");
        let line = r#""a\r\nb": expected b, found "`\t`""#;
        assert_eq!(error.to_string(), line);
    }
}
