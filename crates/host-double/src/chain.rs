//! The way of a message through Envoy's filter manager, with this one filter in the chain.
//!
//! What a filter's answer does to the message is Envoy's `filter_manager.cc`
//! (`commonHandleAfter…Callback`, `commonContinue`); what a module sees of it is `context.cc` of
//! its Wasm extension.

mod body;
mod headers;
mod lifecycle;
mod pass;
mod replies;
mod resume;
mod trailers;

pub(crate) use body::data;
pub(crate) use headers::headers;
pub(crate) use lifecycle::reset;
pub(crate) use replies::reply;
pub(crate) use resume::resume;
pub(crate) use trailers::trailers;

/// What a callback's return value means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Continue,
    Pause,
    /// A local reply was asked for, or what is left of a chunk is not wanted
    /// (`StopIterationNoBuffer`): nothing is kept, nothing goes on.
    Stop,
}

impl From<crate::callback::Returned> for Verdict {
    fn from(returned: crate::callback::Returned) -> Self {
        match returned {
            crate::callback::Returned { stopped: true, .. } => Verdict::Stop,
            crate::callback::Returned { value: 0, .. } => Verdict::Continue,
            crate::callback::Returned { value: 3.., .. } => Verdict::Stop,
            crate::callback::Returned { .. } => Verdict::Pause,
        }
    }
}
