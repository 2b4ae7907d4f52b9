//! What is wrong with a policy, or with one of its targets.

/// A reason in one word, and what there is to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The word.
    pub reason: Reason,
    /// The rest.
    pub message: String,
}

/// A reason for which a policy is not accepted.
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
}

impl Problem {
    pub(crate) fn new(reason: Reason, message: impl Into<String>) -> Self {
        Self {
            reason,
            message: message.into(),
        }
    }
}

impl Reason {
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
        }
    }
}
