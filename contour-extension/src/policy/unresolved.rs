//! What a policy refers to and does not get: the condition `ResolvedRefs`.

use crate::references::{Found, Reference, What};

/// Something that a policy needs is not there, or cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unresolved {
    /// One word, as conditions have it.
    pub reason: &'static str,
    /// Where the policy refers to it, and what it lacks.
    pub message: String,
}

impl Unresolved {
    /// What the field `at` refers to lacks something.
    pub(crate) fn new(reason: &'static str, at: &str, message: impl std::fmt::Display) -> Self {
        Self {
            reason,
            message: format!("{at}: {message}"),
        }
    }

    /// The same, within the field `outer`.
    pub(crate) fn at(self, outer: &str) -> Self {
        Self {
            message: format!("{outer}.{}", self.message),
            ..self
        }
    }
}

/// Why an object cannot be used, where it was not found as it should be.
pub(crate) fn object(reference: &Reference, found: Option<&Found>) -> String {
    let Reference {
        namespace,
        name,
        what,
    } = reference;
    let (kind, key) = match what {
        What::Service => ("Service", None),
        What::ConfigMap(key) => ("ConfigMap", Some(key)),
        What::Secret(key) => ("Secret", Some(key)),
    };
    match (found, key) {
        (Some(Found::NoKey), Some(key)) => {
            format!("the {kind} {namespace}/{name} has no key {key}")
        }
        (Some(Found::Unread(why)), _) => {
            format!("the {kind} {namespace}/{name} is not shown: {why}")
        }
        (Some(Found::Nothing), _) => format!("there is no {kind} {namespace}/{name}"),
        _ => format!("the {kind} {namespace}/{name} was not read yet"),
    }
}
