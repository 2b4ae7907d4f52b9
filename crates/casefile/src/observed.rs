//! What a runner saw.

use std::collections::BTreeMap;

use hachure_exchange::HeaderMap;

/// What came of a step, in any runner.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Observed {
    /// Whether the filter answered itself.
    pub replied: bool,
    /// The request before the filter and as the upstream saw it; none where it saw nothing.
    pub upstream: Option<Seen>,
    /// The response before the filter and as the client saw it. For a reply of the filter
    /// itself, `before` is empty.
    pub response: Seen,
    /// How often each counter went up, full names.
    pub counters: BTreeMap<String, u64>,
    /// Filter state that was set. A runner that cannot see it leaves it `None`.
    pub state: Option<BTreeMap<String, String>>,
    /// The calls that the stream made, in order; those of the background are not among them
    /// ([`crate::Strictness::Named`]: they may be).
    pub calls: Vec<ObservedCall>,
}

/// A call of an upstream of the filter's own. One of gRPC is what it is on the wire: a POST to
/// `/<service>/<method>`, with the message for a body.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ObservedCall {
    /// The upstream's logical name.
    pub upstream: String,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
}

/// A message before and after the filter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    /// As it came.
    pub before: HeaderMap,
    /// As it went on.
    pub after: HeaderMap,
    /// Its body as it came; for a reply of the filter itself, the body of the reply.
    pub body_before: Vec<u8>,
    /// Its body as it went on.
    pub body: Vec<u8>,
}
