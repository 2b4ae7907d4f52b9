//! What Envoy knows of one stream.

use std::collections::{BTreeMap, VecDeque};

use crate::flow::{Flow, Side};
use crate::local_reply::LocalReply;

/// A stream and its context in the module.
#[derive(Debug, Default)]
pub(crate) struct Context {
    /// The module knows it: its first callback has come.
    pub(crate) created: bool,
    /// The module has been told to forget it.
    pub(crate) deleted: bool,
    pub(crate) request: Flow,
    pub(crate) response: Flow,
    /// The direction whose callback runs.
    pub(crate) in_call: Option<Side>,
    /// Whether the callback that ran last was told that the message ends (one for both
    /// directions, as in Envoy).
    pub(crate) end_of_stream: bool,
    /// A local reply that waits until the request's callback has returned.
    pub(crate) prepared: Option<LocalReply>,
    /// Replies of the module, in order.
    pub(crate) replies: VecDeque<LocalReply>,
    /// Envoy's response code details, once there are some.
    pub(crate) details: Option<Vec<u8>>,
    /// Filter state by its full name.
    pub(crate) filter_state: BTreeMap<Vec<u8>, Vec<u8>>,
    pub(crate) source: String,
    pub(crate) reset: bool,
}

impl Context {
    pub(crate) fn new() -> Self {
        Self {
            source: "127.0.0.1:50000".to_owned(),
            ..Self::default()
        }
    }

    pub(crate) fn flow(&self, side: Side) -> &Flow {
        match side {
            Side::Request => &self.request,
            Side::Response => &self.response,
        }
    }

    pub(crate) fn flow_mut(&mut self, side: Side) -> &mut Flow {
        match side {
            Side::Request => &mut self.request,
            Side::Response => &mut self.response,
        }
    }

    /// Whether a response, whole, stands on its way to the client or has gone.
    pub(crate) fn answered(&self) -> bool {
        self.reset || self.response.complete
    }

    /// Whether nothing more can happen to it.
    pub(crate) fn over(&self) -> bool {
        self.reset || self.response.passed.ended
    }
}
