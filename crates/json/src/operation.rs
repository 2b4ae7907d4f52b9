//! What can be done to a document.
//!
//! An operation whose place is not there, or holds another kind of value, does nothing: documents
//! of one version differ. What it replaces is replaced; what it does not name stays as it is.

mod combine;
mod member;
mod value;

use crate::document::Document;
use crate::pointer::{Pointer, Segment};
use crate::{Problem, Wrong, quote};
use member::Paths;

/// One change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation(Kind);

/// A value of an enumeration, as JSON text of a scalar, and what stands for it: any JSON text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapping {
    /// The value that is there.
    pub from: String,
    /// The value in its place.
    pub to: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    Rename {
        parent: Pointer,
        name: String,
        to: String,
    },
    Move(Paths),
    Copy(Paths),
    Remove(Pointer),
    Put {
        at: Pointer,
        value: String,
        /// Only where there is nothing.
        missing_only: bool,
    },
    Wrap {
        at: Pointer,
        member: Option<String>,
    },
    Unwrap {
        at: Pointer,
        member: Option<String>,
    },
    Map {
        at: Pointer,
        mappings: Vec<Mapping>,
        otherwise: Option<String>,
    },
    Split {
        at: Pointer,
        separator: String,
        into: Vec<String>,
    },
    Join {
        at: Pointer,
        separator: String,
        from: Vec<String>,
    },
}

const MEMBER: Wrong = Wrong("a member: the last step is a name");

impl Operation {
    /// Gives the member at `at` another name, in its place among the others.
    pub fn rename(at: Pointer, to: &str) -> Result<Self, Wrong> {
        let (parent, name) = at.parent().ok_or(MEMBER)?;
        let (name, to) = (name.to_owned(), to.to_owned());
        Ok(Self(Kind::Rename { parent, name, to }))
    }

    /// Moves a value. Both ways are the same up to their last `*`.
    pub fn relocate(from: &Pointer, to: &Pointer) -> Result<Self, Wrong> {
        let paths = Paths::new(from, to)?;
        if paths.to_is_inside() {
            return Err(Wrong("a place that is not inside of what is moved"));
        }
        Ok(Self(Kind::Move(paths)))
    }

    /// Copies a value, as [`Operation::relocate`] moves it.
    pub fn copy(from: &Pointer, to: &Pointer) -> Result<Self, Wrong> {
        Ok(Self(Kind::Copy(Paths::new(from, to)?)))
    }

    /// Removes a member, an element, or every element.
    pub fn remove(at: Pointer) -> Result<Self, Wrong> {
        if at.is_root() {
            return Err(Wrong("a member or an element, not the whole document"));
        }
        Ok(Self(Kind::Remove(at)))
    }

    /// Puts a value, as JSON text, whether or not there is one.
    pub fn add(at: Pointer, value: String) -> Self {
        Self(Kind::Put {
            at,
            value,
            missing_only: false,
        })
    }

    /// Puts a value, as JSON text, where the member is missing.
    pub fn default(at: Pointer, value: String) -> Result<Self, Wrong> {
        at.parent().ok_or(MEMBER)?;
        Ok(Self(Kind::Put {
            at,
            value,
            missing_only: true,
        }))
    }

    /// Puts a value into an object under that name, or into a list.
    pub fn wrap(at: Pointer, member: Option<String>) -> Self {
        Self(Kind::Wrap { at, member })
    }

    /// Puts the member of that name, or the only element, in the place of the object or list that
    /// holds it.
    pub fn unwrap_value(at: Pointer, member: Option<String>) -> Self {
        Self(Kind::Unwrap { at, member })
    }

    /// Replaces values of an enumeration; others by `otherwise`, or not at all.
    pub fn map(at: Pointer, mappings: Vec<Mapping>, otherwise: Option<String>) -> Self {
        Self(Kind::Map {
            at,
            mappings,
            otherwise,
        })
    }

    /// Splits a string at each `separator` into members beside it, whose last takes the rest; or,
    /// without names, into a list in its place.
    pub fn split(at: Pointer, separator: String, into: Vec<String>) -> Result<Self, Wrong> {
        check_parts(&at, &separator, &into)?;
        Ok(Self(Kind::Split {
            at,
            separator,
            into,
        }))
    }

    /// Joins the strings of members beside it, or, without names, of the list that is there, into
    /// one.
    pub fn join(at: Pointer, separator: String, from: Vec<String>) -> Result<Self, Wrong> {
        check_parts(&at, &separator, &from)?;
        Ok(Self(Kind::Join {
            at,
            separator,
            from,
        }))
    }

    /// Does it.
    pub fn apply<'t>(&'t self, document: &mut Document<'t>) -> Result<(), Problem> {
        document.change(|root, room| match &self.0 {
            Kind::Rename { parent, name, to } => member::rename(root, parent, name, to, room),
            Kind::Move(paths) => member::relocate(root, paths, room),
            Kind::Copy(paths) => member::copy(root, paths, room),
            Kind::Remove(at) => member::remove(root, at, room),
            Kind::Put {
                at,
                value,
                missing_only,
            } => member::add(root, at, value, *missing_only, room),
            Kind::Wrap { at, member } => value::wrap(root, at, member.as_deref(), room),
            Kind::Unwrap { at, member } => value::unwrap(root, at, member.as_deref(), room),
            Kind::Map {
                at,
                mappings,
                otherwise,
            } => value::map(root, at, mappings, otherwise.as_deref(), room),
            Kind::Split {
                at,
                separator,
                into,
            } => combine::split(root, at, separator, into, room),
            Kind::Join {
                at,
                separator,
                from,
            } => combine::join(root, at, separator, from, room),
        })
    }
}

fn check_parts(at: &Pointer, separator: &str, names: &[String]) -> Result<(), Wrong> {
    if separator.is_empty() {
        return Err(Wrong("a separator of at least one character"));
    }
    if !names.is_empty() {
        at.parent().ok_or(MEMBER)?;
    }
    let twice = names
        .iter()
        .enumerate()
        .any(|(i, name)| names.iter().skip(i.saturating_add(1)).any(|n| n == name));
    if twice {
        return Err(Wrong("each name once"));
    }
    Ok(())
}

/// The text of a key.
fn key(name: &str) -> std::borrow::Cow<'static, str> {
    quote(name).into()
}

/// The last step of a way, and the way to it.
fn last(at: &Pointer) -> Option<(&[Segment], &Segment)> {
    at.segments()
        .split_last()
        .map(|(last, parent)| (parent, last))
}
