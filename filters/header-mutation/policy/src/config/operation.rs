//! What a rule may do.

use hachure_config::{SearchPattern, Template, TextMatch};
use serde::Deserialize;

use crate::variable::Variable;

/// What a rule does with headers, or with query parameters where `target: query`.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum Operation {
    /// Makes the value the only one of the name.
    Set(Assignment),
    /// Gives the name the value where the name is not there.
    SetIfAbsent(Assignment),
    /// Makes the value the only one of the name where the name is there.
    ReplaceIfPresent(Assignment),
    /// Adds a value of its own (another header line) after those there are.
    Append(Assignment),
    /// Adds the value to the comma-separated list that the name has. Not for `set-cookie` and
    /// `cookie`, which are no such lists.
    AppendCsv(Assignment),
    /// Removes every value of the name.
    Remove(Named),
    /// Removes every name that fits. Pseudo-headers, `host` and `x-forwarded-proto` stay, and
    /// without `allowUnsafe` the framing headers do.
    RemoveMatching(NameMatch),
    /// Gives all values of one name to another, which loses its own.
    Rename(Transfer),
    /// Gives all values of one name to another too, which loses its own.
    Copy(Transfer),
    /// Replaces what a regular expression finds in each value of the name.
    RegexReplace(RegexReplace),
    /// Drops values of the name that are there more than once. Whole values are compared, byte for
    /// byte.
    Dedupe(Dedupe),
}

/// A name and the value it gets.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Assignment {
    /// The name.
    pub name: String,
    /// The value: text, and variables in it. At most 64 KiB after expansion.
    pub value: Template<Variable>,
}

/// A name.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Named {
    /// The name.
    pub name: String,
}

/// Many names.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NameMatch {
    /// Which names. Header names are compared in lower case.
    pub name: TextMatch,
}

/// Two names.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Transfer {
    /// The name that has the values.
    pub from: String,
    /// The name that gets them.
    pub to: String,
}

/// A search in a value, and what takes the place of what it finds.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RegexReplace {
    /// The name.
    pub name: String,
    /// What is searched for in each value; every place where it is found is replaced. With a value
    /// that is not UTF-8, is longer than 8 KiB or holds it more than 100 times the rule does
    /// nothing, and `skipped` is counted.
    pub pattern: SearchPattern,
    /// What takes its place: text and variables, among them `${match.0}` for all that was found
    /// and `${match.GROUP}` for a group by its number or name.
    pub replacement: Template<Variable>,
}

/// A name whose values may repeat.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Dedupe {
    /// The name.
    pub name: String,
    /// Which values stay.
    #[serde(default)]
    pub keep: Keep,
}

/// Which of several values stay.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema, serde::Serialize))]
#[serde(rename_all = "camelCase")]
pub enum Keep {
    /// The first of each that are equal, in order.
    #[default]
    Unique,
    /// The very first alone.
    First,
    /// The very last alone.
    Last,
}

/// What an operation does with a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// Looks at its values.
    Read,
    /// Gives it one value, whatever it had: possible for a pseudo-header.
    Replace,
    /// Anything else that leaves it there.
    Extend,
    /// Takes it away.
    Remove,
}

impl Operation {
    /// The operation's key in the config.
    pub(crate) fn key(&self) -> &'static str {
        match self {
            Self::Set(_) => "set",
            Self::SetIfAbsent(_) => "setIfAbsent",
            Self::ReplaceIfPresent(_) => "replaceIfPresent",
            Self::Append(_) => "append",
            Self::AppendCsv(_) => "appendCsv",
            Self::Remove(_) => "remove",
            Self::RemoveMatching(_) => "removeMatching",
            Self::Rename(_) => "rename",
            Self::Copy(_) => "copy",
            Self::RegexReplace(_) => "regexReplace",
            Self::Dedupe(_) => "dedupe",
        }
    }

    /// The names by their keys, and what happens to each.
    pub(crate) fn names(&mut self) -> Vec<(&'static str, Access, &mut String)> {
        match self {
            Self::Set(a) | Self::ReplaceIfPresent(a) => {
                vec![("name", Access::Replace, &mut a.name)]
            }
            Self::SetIfAbsent(a) | Self::Append(a) | Self::AppendCsv(a) => {
                vec![("name", Access::Extend, &mut a.name)]
            }
            Self::Remove(a) => vec![("name", Access::Remove, &mut a.name)],
            Self::RemoveMatching(_) => vec![],
            Self::Rename(a) => {
                vec![
                    ("from", Access::Remove, &mut a.from),
                    ("to", Access::Replace, &mut a.to),
                ]
            }
            Self::Copy(a) => {
                vec![
                    ("from", Access::Read, &mut a.from),
                    ("to", Access::Replace, &mut a.to),
                ]
            }
            Self::RegexReplace(a) => vec![("name", Access::Replace, &mut a.name)],
            Self::Dedupe(a) => vec![("name", Access::Extend, &mut a.name)],
        }
    }

    /// The names that it changes, resolved.
    pub(crate) fn changed(&self) -> Vec<&str> {
        match self {
            Self::Set(a)
            | Self::SetIfAbsent(a)
            | Self::ReplaceIfPresent(a)
            | Self::Append(a)
            | Self::AppendCsv(a) => vec![&a.name],
            Self::Remove(a) => vec![&a.name],
            Self::RemoveMatching(_) => vec![],
            Self::Rename(a) => vec![&a.from, &a.to],
            Self::Copy(a) => vec![&a.to],
            Self::RegexReplace(a) => vec![&a.name],
            Self::Dedupe(a) => vec![&a.name],
        }
    }

    /// The template by its key.
    pub(crate) fn template(&mut self) -> Option<(&'static str, &mut Template<Variable>)> {
        match self {
            Self::Set(a)
            | Self::SetIfAbsent(a)
            | Self::ReplaceIfPresent(a)
            | Self::Append(a)
            | Self::AppendCsv(a) => Some(("value", &mut a.value)),
            Self::RegexReplace(a) => Some(("replacement", &mut a.replacement)),
            _ => None,
        }
    }
}
