//! What a check has to say, and where.

use std::fmt;

use hachure_config::{ConfigError, ConfigErrors};
use hachure_yaml::Position;
use serde::{Serialize, Serializer};

use crate::cursor::{Cursor, join};

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Severity {
    /// It would be refused, or would not do what was written.
    Error,
    /// It works, and rarely does what was meant.
    Warning,
    /// What was not checked.
    Note,
}

/// One thing that a person should know about a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Finding {
    pub(crate) severity: Severity,
    pub(crate) file: String,
    /// Line and column; absent where it is about the file as a whole.
    #[serde(flatten, serialize_with = "line_and_column")]
    pub(crate) position: Option<Position>,
    /// The way to it in the document, as `spec.wasm[0].config.rules[2]`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) path: String,
    /// The filter whose config it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) filter: Option<&'static str>,
    /// The way to it in the filter's own config.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) config_path: String,
    /// One line.
    pub(crate) message: String,
}

impl Finding {
    /// About a file that could not be read as what it should be.
    pub(crate) fn about_file(file: &str, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            file: file.to_owned(),
            position: None,
            path: String::new(),
            filter: None,
            config_path: String::new(),
            message: message.into(),
        }
    }

    /// About what stands at `place`.
    pub(crate) fn at(severity: Severity, place: &Cursor<'_>, message: impl Into<String>) -> Self {
        Self {
            severity,
            position: Some(place.position()),
            path: place.path.clone(),
            ..Self::about_file(place.file, message)
        }
    }

    /// Whether it makes the check fail.
    pub(crate) fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    /// YAML that cannot be read.
    pub(crate) fn of_yaml(file: &str, error: &hachure_yaml::Error) -> Self {
        let position = Some(error.position);
        Self {
            position,
            ..Self::about_file(file, error.kind.to_string())
        }
    }

    /// An error whose path begins at `place`.
    pub(crate) fn of_error(place: &Cursor<'_>, error: &ConfigError) -> Self {
        let mut message = error.to_string();
        if let Some(why) = place.misread(error) {
            message = format!("{message}; {why}");
        }
        let position = Some(place.position_of(error));
        let path = join(&place.path, &error.path);
        Self {
            position,
            path,
            ..Self::at(Severity::Error, place, message)
        }
    }

    /// Each of `errors`, whose paths begin at `place`.
    pub(crate) fn of_errors(place: &Cursor<'_>, errors: &ConfigErrors) -> Vec<Self> {
        errors
            .iter()
            .map(|error| Self::of_error(place, error))
            .collect()
    }

    /// An error in the config of `filter`, which stands at `place`.
    pub(crate) fn of_config(filter: &'static str, place: &Cursor<'_>, error: &ConfigError) -> Self {
        let config_path = error.path.clone();
        Self {
            filter: Some(filter),
            config_path,
            ..Self::of_error(place, error)
        }
    }
}

impl fmt::Display for Finding {
    /// As compilers print it: `edge.yaml:14:9: error: cors: origins[0]: expected …`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(Position { line, column }) = self.position {
            write!(f, ":{line}:{column}")?;
        }
        f.write_str(match self.severity {
            Severity::Error => ": error: ",
            Severity::Warning => ": warning: ",
            Severity::Note => ": note: ",
        })?;
        if let Some(filter) = self.filter {
            write!(f, "{filter}: ")?;
        }
        f.write_str(&self.message)
    }
}

fn line_and_column<S: Serializer>(position: &Option<Position>, s: S) -> Result<S::Ok, S::Error> {
    s.collect_map(
        position
            .iter()
            .flat_map(|at| [("line", at.line), ("column", at.column)]),
    )
}
