//! Why requests are refused.

use hachure_exchange::Reason;

pub(crate) const EXCEEDED: Reason = Reason {
    code: "quota_exceeded",
    status: 429,
    title: "Request cannot be satisfied as assigned quota has been exceeded",
};
pub(crate) const KEY_MISSING: Reason = Reason {
    code: "key_missing",
    status: 403,
    title: "The request does not say for whom it is counted",
};
pub(crate) const KEY_AMBIGUOUS: Reason = Reason {
    code: "key_ambiguous",
    status: 400,
    title: "The request says twice, and differently, for whom it is counted",
};
pub(crate) const PATH_NOT_CANONICAL: Reason = Reason {
    code: "path_not_canonical",
    status: 400,
    title: "The request path can be read in more than one way",
};
pub(crate) const COST_INVALID: Reason = Reason {
    code: "cost_invalid",
    status: 400,
    title: "The request does not say in one whole number what it costs",
};
pub(crate) const COUNTER_UNAVAILABLE: Reason = Reason {
    code: "counter_unavailable",
    status: 503,
    title: "The request cannot be counted at the moment",
};

pub(crate) const SERVICE_UNAVAILABLE: Reason = Reason {
    code: "service_unavailable",
    status: 503,
    title: "The service that counts requests does not answer",
};

/// All of them, as `filter.yaml` lists them.
pub(crate) const ALL: &[Reason] = &[
    EXCEEDED,
    KEY_MISSING,
    KEY_AMBIGUOUS,
    PATH_NOT_CANONICAL,
    COST_INVALID,
    COUNTER_UNAVAILABLE,
    SERVICE_UNAVAILABLE,
];
