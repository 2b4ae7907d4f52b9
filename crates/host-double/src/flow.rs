//! One direction of a stream, between the peer that sends and the peer that receives.

use crate::fields::Fields;
use crate::message::Message;

/// The direction of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// From the client to the upstream.
    Request,
    /// From the upstream, or from a local reply, to the client.
    Response,
}

/// Whether the filter lets the message through (Envoy's `IterationState`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Iteration {
    #[default]
    Continue,
    /// Stopped; the filter still sees what follows.
    StopSingle,
    /// Stopped for everything: what follows waits unseen.
    StopAll,
}

/// The body that `proxy_get_buffer_bytes` shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum BodyView {
    /// No body callback has run, or the last one let its chunk through.
    #[default]
    Closed,
    /// The chunk of the callback that runs.
    Chunk(Vec<u8>),
    /// All that was kept while the filter paused.
    Buffered,
    /// The chunk of a callback that is over: in Envoy a pointer to what is gone.
    Gone,
}

/// The state of one direction: what Envoy's filter manager and its Wasm context keep about it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Flow {
    pub(crate) headers: Fields,
    pub(crate) trailers: Option<Fields>,
    /// Headers have arrived.
    pub(crate) started: bool,
    /// All of the message has arrived.
    pub(crate) complete: bool,
    pub(crate) iteration: Iteration,
    pub(crate) headers_continued: bool,
    /// What is kept while the filter pauses.
    pub(crate) buffered: Option<Vec<u8>>,
    /// What is kept has crossed the limit: that is told once.
    pub(crate) over_limit: bool,
    /// The filter has seen the end.
    pub(crate) ended_for_filter: bool,
    /// What waits unseen is let grow: the sender is slowed down instead.
    pub(crate) streaming: bool,
    /// A resume after [`Iteration::StopAll`] begins with this filter.
    pub(crate) from_current: bool,
    /// A local reply was sent from a callback of this direction.
    pub(crate) aborted: bool,
    pub(crate) headers_open: bool,
    pub(crate) trailers_open: bool,
    pub(crate) body: BodyView,
    /// The last body callback paused, so that the next one adds to what is kept.
    pub(crate) buffering: bool,
    pub(crate) passed: Message,
}

impl Flow {
    /// What a body callback would see, and its size.
    pub(crate) fn visible_body(&self) -> &[u8] {
        match &self.body {
            BodyView::Chunk(chunk) => chunk,
            BodyView::Buffered => self.buffered.as_deref().unwrap_or_default(),
            BodyView::Closed | BodyView::Gone => &[],
        }
    }

    pub(crate) fn visible_body_mut(&mut self) -> Option<&mut Vec<u8>> {
        match &mut self.body {
            BodyView::Chunk(chunk) => Some(chunk),
            BodyView::Buffered => self.buffered.as_mut(),
            BodyView::Closed | BodyView::Gone => None,
        }
    }

    /// Whether the headers can still be changed to any effect.
    pub(crate) fn headers_left(&self) -> bool {
        self.headers_continued || self.passed.headers.is_some()
    }
}
