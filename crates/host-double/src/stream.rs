//! A stream, as a test drives it.

use std::marker::PhantomData;

use crate::callback::{Event, enter};
use crate::chain;
use crate::context::Context;
use crate::fields::Fields;
use crate::flow::{Iteration, Side};
use crate::local_reply::LocalReply;
use crate::machine::{new_context_id, with, with_context};
use crate::message::Message;
use crate::vm::Vm;

/// One request and its response. Dropped before its end, it is broken off by the client.
#[derive(Debug)]
pub struct Stream<'vm> {
    id: u32,
    vm: PhantomData<&'vm Vm>,
}

impl<'vm> Stream<'vm> {
    pub(crate) fn new(_: &'vm Vm) -> Self {
        let id = new_context_id();
        with(|machine| machine.contexts.insert(id, Context::new()));
        Self {
            id,
            vm: PhantomData,
        }
    }

    /// The number of its context.
    pub(crate) fn id(&self) -> u32 {
        self.id
    }

    /// The client's address, `192.0.2.7:4711`.
    pub fn source(&self, address: &str) -> &Self {
        with_context(self.id, |context| context.source = address.to_owned());
        self
    }

    /// Filter state that an earlier filter has set, by the key without the `wasm.` prefix.
    pub fn preset_state(&self, key: &str, value: impl AsRef<[u8]>) -> &Self {
        let (key, value) = (format!("wasm.{key}").into_bytes(), value.as_ref().to_vec());
        with_context(self.id, |context| context.filter_state.insert(key, value));
        self
    }

    /// The request's headers arrive; `end` where nothing follows them.
    pub fn request_headers(&self, headers: impl Into<Fields>, end: bool) -> &Self {
        chain::headers(self.id, Side::Request, headers.into(), end);
        self
    }

    /// A part of the request's body arrives.
    pub fn request_body(&self, chunk: impl AsRef<[u8]>, end: bool) -> &Self {
        chain::data(self.id, Side::Request, chunk.as_ref().to_vec(), end);
        self
    }

    /// The request's trailers arrive, which end it.
    pub fn request_trailers(&self, trailers: impl Into<Fields>) -> &Self {
        chain::trailers(self.id, Side::Request, trailers.into());
        self
    }

    /// The upstream's headers arrive. Nothing happens where something has answered already.
    pub fn response_headers(&self, headers: impl Into<Fields>, end: bool) -> &Self {
        let fresh = with_context(self.id, |context| {
            let fresh = !context.response.started && !context.reset;
            if fresh {
                context.details = Some(b"via_upstream".to_vec());
            }
            fresh
        });
        if fresh {
            chain::headers(self.id, Side::Response, headers.into(), end);
        }
        self
    }

    /// A part of the upstream's body arrives.
    pub fn response_body(&self, chunk: impl AsRef<[u8]>, end: bool) -> &Self {
        chain::data(self.id, Side::Response, chunk.as_ref().to_vec(), end);
        self
    }

    /// The upstream's trailers arrive.
    pub fn response_trailers(&self, trailers: impl Into<Fields>) -> &Self {
        chain::trailers(self.id, Side::Response, trailers.into());
        self
    }

    /// Something else in Envoy answers: the router, or another filter.
    pub fn local_reply(&self, status: u32, body: &str, details: &str) -> &Self {
        chain::reply(self.id, LocalReply::of_envoy(status, body, details));
        self
    }

    /// The client breaks the stream off.
    pub fn reset(&self) -> &Self {
        chain::reset(self.id);
        self
    }

    /// What has left for the upstream.
    pub fn upstream(&self) -> Message {
        with_context(self.id, |context| context.request.passed.clone())
    }

    /// What has left for the client.
    pub fn client(&self) -> Message {
        with_context(self.id, |context| context.response.passed.clone())
    }

    /// The local replies that the module asked for.
    pub fn replies(&self) -> Vec<LocalReply> {
        with_context(self.id, |context| context.replies.iter().cloned().collect())
    }

    /// Whether the filter holds that direction.
    pub fn held(&self, side: Side) -> bool {
        with_context(self.id, |context| {
            context.flow(side).iteration != Iteration::Continue
        })
    }

    /// Whether the stream was broken off.
    pub fn was_reset(&self) -> bool {
        with_context(self.id, |context| context.reset)
    }

    /// Envoy's response code details.
    pub fn details(&self) -> Option<String> {
        let details = with_context(self.id, |context| context.details.clone());
        details.map(|details| String::from_utf8_lossy(&details).into_owned())
    }

    /// Filter state that Wasm has set, by its key without the `wasm.` prefix.
    pub fn state(&self, key: &str) -> Option<Vec<u8>> {
        let key = format!("wasm.{key}").into_bytes();
        with_context(self.id, |context| context.filter_state.get(&key).cloned())
    }

    /// All filter state that Wasm has set, without the prefix.
    pub fn states(&self) -> Vec<(String, Vec<u8>)> {
        let text = |key: &[u8]| String::from_utf8_lossy(key).into_owned();
        with_context(self.id, |context| {
            let own = context.filter_state.iter();
            own.filter_map(|(key, value)| Some((text(key.strip_prefix(b"wasm.")?), value.clone())))
                .collect()
        })
    }

    /// Calls the response's header callback out of turn, as no Envoy does: whatever the state of
    /// the stream is, the module must bear it. Returns what the callback returned, 0 for Continue.
    pub fn misplaced_response_headers(&self, end: bool) -> u32 {
        self.misplaced(|context| Event::ResponseHeaders {
            count: context.response.headers.len(),
            end,
        })
    }

    /// The same for the request's header callback.
    pub fn misplaced_request_headers(&self, end: bool) -> u32 {
        self.misplaced(|context| Event::RequestHeaders {
            count: context.request.headers.len(),
            end,
        })
    }

    fn misplaced(&self, event: impl FnOnce(&Context) -> Event) -> u32 {
        let ready = with_context(self.id, |context| {
            let ready = context.created && !context.deleted;
            ready.then(|| event(context))
        });
        ready.map_or(0, |event| enter(self.id, event, || {}).value)
    }

    pub(crate) fn request_before(&self) -> Fields {
        with_context(self.id, |context| context.request.headers.clone())
    }
}

impl Drop for Stream<'_> {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let begun = with_context(self.id, |context| {
                context.request.started || context.response.started
            });
            if begun {
                chain::reset(self.id);
            }
            with(|machine| machine.contexts.remove(&self.id));
        }
    }
}
