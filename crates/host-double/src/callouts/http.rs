//! HTTP call-outs.

use crate::callback::{Event, enter};
use crate::fields::Fields;
use crate::machine::with;

/// A call that waits for its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpCall {
    /// Its token.
    pub token: u32,
    /// The context that asked.
    pub context: u32,
    /// The cluster.
    pub cluster: String,
    /// The request's headers.
    pub headers: Fields,
    /// The request's body.
    pub body: Vec<u8>,
    /// The request's trailers.
    pub trailers: Fields,
    /// When it times out, in nanoseconds since the epoch.
    pub deadline: Option<u64>,
}

/// What a call is answered with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// The headers, `:status` among them.
    pub headers: Fields,
    /// The body.
    pub body: Vec<u8>,
    /// The trailers.
    pub trailers: Option<Fields>,
}

impl Answer {
    /// An answer with that status and body.
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        let headers = Fields::from([(":status", status.to_string())]);
        Self {
            headers,
            body: body.into(),
            trailers: None,
        }
    }

    /// What Envoy's client answers itself.
    pub(crate) fn local(status: u16, body: &str) -> Self {
        let mut answer = Self::new(status, body);
        answer
            .headers
            .add(b"content-length", body.len().to_string().as_bytes());
        answer.headers.add(b"content-type", b"text/plain");
        answer
    }
}

/// Delivers the answer of a call. A call that is not under way has been answered already.
pub(crate) fn answer(token: u32, answer: Answer) {
    let Some(root) = take(token) else { return };
    let event = Event::HttpCallResponse {
        token,
        headers: answer.headers.len(),
        body: answer.body.len(),
        trailers: answer.trailers.as_ref().map_or(0, Fields::len),
    };
    with(|machine| machine.callouts.answer = Some(answer));
    enter(root, event, || {
        with(|machine| machine.callouts.answer = None)
    });
}

/// Tells that a call was broken off: no answer, no headers.
pub(crate) fn fail(token: u32) {
    const BROKEN_CONNECTION: u32 = 11;
    let Some(root) = take(token) else { return };
    let event = Event::HttpCallResponse {
        token,
        headers: 0,
        body: 0,
        trailers: 0,
    };
    with(|machine| machine.callouts.status = (BROKEN_CONNECTION, b"reset".to_vec()));
    enter(root, event, || {
        with(|machine| machine.callouts.status.1.clear())
    });
}

fn take(token: u32) -> Option<u32> {
    with(|machine| machine.callouts.http.remove(&token).map(|_| machine.root))
}
