//! What is wrong with a policy, or with one of its targets.

/// A reason in one word, and what there is to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The word.
    pub reason: Reason,
    /// The rest.
    pub message: String,
}

/// A reason for which a policy is not accepted, or not carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The spec is not right.
    Invalid,
    /// An older policy has the target.
    Conflicted,
    /// The target is not there.
    TargetNotFound,
    /// The target cannot be a target.
    UnsupportedValue,
    /// The target has no HTTP routes.
    NoHttpRoutes,
    /// The namespace is not one of the platform's.
    NotAllowed,
    /// A request could get past other filters.
    RerouteUnsafe,
    /// What it refers to is not to be had.
    Unresolved(&'static str),
    /// What it refers to is not there yet: its routes stay as they are.
    Pending(&'static str),
}

impl Problem {
    pub(crate) fn new(reason: Reason, message: impl Into<String>) -> Self {
        Self {
            reason,
            message: message.into(),
        }
    }

    /// The same, at that place of the policy.
    pub(crate) fn at(self, path: &str) -> Self {
        Self {
            message: format!("{path}.{}", self.message),
            ..self
        }
    }
}

impl From<String> for Problem {
    fn from(why: String) -> Self {
        Self::new(Reason::Invalid, why)
    }
}

impl Reason {
    /// Whether it is about what the policy refers to, and not about the policy.
    pub(crate) fn is_of_refs(self) -> bool {
        matches!(self, Self::Unresolved(_) | Self::Pending(_))
    }

    /// As it stands in a condition.
    pub fn word(self) -> &'static str {
        match self {
            Self::Invalid => "Invalid",
            Self::Conflicted => "Conflicted",
            Self::TargetNotFound => "TargetNotFound",
            Self::UnsupportedValue => "UnsupportedValue",
            Self::NoHttpRoutes => "NoHTTPRoutes",
            Self::NotAllowed => "NotAllowed",
            Self::RerouteUnsafe => "RerouteUnsafe",
            Self::Unresolved(word) | Self::Pending(word) => word,
        }
    }
}
