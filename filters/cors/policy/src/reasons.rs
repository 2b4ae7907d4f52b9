//! Why a preflight is refused.

use hachure_exchange::{Reason, Refusal};

use crate::names::token;

/// The longest name that is repeated to the client.
const MAX_SHOWN: usize = 64;

const ORIGIN_INVALID: Reason = Reason {
    code: "origin_invalid",
    status: 403,
    title: "The Origin header is not one origin.",
};

const ORIGIN_NOT_ALLOWED: Reason = Reason {
    code: "origin_not_allowed",
    status: 403,
    title: "Pages of this origin may not call this API.",
};

const METHOD_NOT_ALLOWED: Reason = Reason {
    code: "method_not_allowed",
    status: 403,
    title: "Pages of other origins may not use this method.",
};

const HEADER_NOT_ALLOWED: Reason = Reason {
    code: "header_not_allowed",
    status: 403,
    title: "Pages of other origins may not set this header.",
};

pub(crate) const ALL: &[Reason] = &[
    ORIGIN_INVALID,
    ORIGIN_NOT_ALLOWED,
    METHOD_NOT_ALLOWED,
    HEADER_NOT_ALLOWED,
];

/// What of a preflight is not allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Disallowed {
    /// The `Origin` is unreadable or repeated.
    InvalidOrigin,
    /// The origin is not listed.
    Origin,
    /// The method, as it was asked for.
    Method(Vec<u8>),
    /// The first request header that is not, as it was asked for.
    Header(Vec<u8>),
}

impl Disallowed {
    pub(crate) fn reason(&self) -> &'static Reason {
        match self {
            Self::InvalidOrigin => &ORIGIN_INVALID,
            Self::Origin => &ORIGIN_NOT_ALLOWED,
            Self::Method(_) => &METHOD_NOT_ALLOWED,
            Self::Header(_) => &HEADER_NOT_ALLOWED,
        }
    }

    pub(crate) fn refusal(&self) -> Refusal {
        let refusal = Refusal::new(self.reason());
        let name = match self {
            Self::InvalidOrigin | Self::Origin => return refusal,
            Self::Method(name) | Self::Header(name) => name,
        };
        match token(name).filter(|name| name.len() <= MAX_SHOWN) {
            Some(name) => refusal.detail(format!("{name} is not allowed.")),
            None => refusal,
        }
    }
}
