//! What Envoy's log says of its end.

use std::fmt;
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

use super::child::Child;
use crate::Error;

/// The form of a line; [`entry`] reads it.
pub(crate) const FORMAT: &str = "[%Y-%m-%dT%T.%e][%l][%n] %v";

/// How many lines of an unexplained end are shown.
const TAIL: usize = 5;

/// The file that takes all of Envoy's output.
#[derive(Debug)]
pub(crate) struct LogFile(PathBuf);

impl LogFile {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// Makes the file anew and sends a command's output there.
    pub(crate) fn capture(&self, command: &mut Command) -> Result<(), Error> {
        Child::capture(command, &self.0).map_err(|why| Error::File {
            path: self.0.clone(),
            why,
        })
    }

    /// The configs that our filters have refused so far.
    pub(crate) fn refused(&self) -> Vec<RefusedConfig> {
        refused(&self.text())
    }

    /// Turns the end of an Envoy that was to serve into an error.
    pub(crate) fn why_it_ended(&self, status: ExitStatus) -> Error {
        let text = self.text();
        let ours: Vec<_> = refused(&text)
            .iter()
            .map(RefusedConfig::to_string)
            .collect();
        let lines = if ours.is_empty() {
            envoys_words(&text)
        } else {
            ours
        };
        // What a signal ended was not over its config.
        if !lines.is_empty() && status.signal().is_none() {
            return Error::Refused { lines };
        }
        let lines: Vec<_> = text
            .lines()
            .filter(|line| !line.trim().is_empty())
            .collect();
        let tail = lines
            .get(lines.len().saturating_sub(TAIL)..)
            .unwrap_or_default();
        Error::Ended {
            why: format!("{status}: {}", tail.join("\n")),
            log: self.0.clone(),
        }
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.0).unwrap_or_default()).into_owned()
    }
}

/// A config that one of our filters refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedConfig {
    /// The name of the filter's instance; empty where Envoy has not told it yet.
    pub instance: String,
    /// The filter's catalogue name.
    pub filter: String,
    /// What is wrong, in the filter's words: one line.
    pub why: String,
}

impl fmt::Display for RefusedConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.instance.is_empty() && self.instance != self.filter {
            write!(f, "{} ({}): {}", self.instance, self.filter, self.why)
        } else {
            write!(f, "{}: {}", self.filter, self.why)
        }
    }
}

/// What our filters said. Envoy names the instance in a line of its own behind that.
fn refused(text: &str) -> Vec<RefusedConfig> {
    let mut found: Vec<RefusedConfig> = vec![];
    for (_, message) in text.lines().filter_map(entry) {
        if let Some((filter, why)) = config_refused(message) {
            let (filter, why) = (filter.to_owned(), why.to_owned());
            found.push(RefusedConfig {
                instance: String::new(),
                filter,
                why,
            });
        } else if let (Some(instance), Some(last)) = (failed_to_load(message), found.last_mut())
            && last.instance.is_empty()
        {
            last.instance = instance.to_owned();
        }
    }
    found
}

fn envoys_words(text: &str) -> Vec<String> {
    let critical = text
        .lines()
        .filter_map(entry)
        .filter(|(level, _)| *level == "critical");
    let words = critical.filter_map(|(_, message)| initializing(message));
    words
        .map(|words| format!("Envoy refuses the config: {words}"))
        .collect()
}

/// Level and message of a line of [`FORMAT`].
fn entry(line: &str) -> Option<(&str, &str)> {
    let (_, rest) = line.strip_prefix('[')?.split_once("][")?;
    let (level, rest) = rest.split_once("][")?;
    let (_, message) = rest.split_once("] ")?;
    Some((level, message))
}

/// Envoy writes `wasm log <root id> <vm id>: <what the module said>`.
fn config_refused(message: &str) -> Option<(&str, &str)> {
    let (_, said) = message.strip_prefix("wasm log ")?.split_once(": ")?;
    said.split_once(": config refused: ")
}

fn failed_to_load(message: &str) -> Option<&str> {
    message
        .strip_prefix("Plugin ")?
        .strip_suffix(" failed to load")
}

/// Envoy writes ``error `<why>` initializing config '<file>'``.
fn initializing(message: &str) -> Option<&str> {
    let (why, _) = message
        .strip_prefix("error `")?
        .split_once("` initializing config")?;
    Some(why)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filters_words_come_with_the_name_of_the_instance() {
        let log = "\
[2026-11-23T09:10:29.713][error][wasm] wasm log cors hachure/cors: cors: config refused: origins: expected a list: found {}
[2026-11-23T09:10:29.713][error][wasm] Wasm VM failed Failed to configure base Wasm plugin
[2026-11-23T09:10:29.714][critical][wasm] Plugin public failed to load
[2026-11-23T09:10:29.714][critical][wasm] Plugin configured to fail closed failed to load
[2026-11-23T09:10:29.715][critical][main] error `Unable to create Wasm plugin public` initializing config 'x.json'
Unable to create Wasm plugin public
";
        let lines: Vec<_> = refused(log).iter().map(RefusedConfig::to_string).collect();
        assert_eq!(lines, ["public (cors): origins: expected a list: found {}"]);
    }

    #[test]
    fn else_envoys() {
        let log =
            "[2026-11-23T09:10:29.715][critical][main] error `no x` initializing config 'y'\n";
        assert!(refused(log).is_empty());
        assert_eq!(envoys_words(log), ["Envoy refuses the config: no x"]);
        assert!(envoys_words("no line of a log\n").is_empty());
    }
}
