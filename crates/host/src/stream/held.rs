//! A stream that its root context can reach.

use std::cell::RefCell;
use std::rc::Rc;

use hachure_exchange::Policy;
use proxy_wasm::traits::{Context, HttpContext};
use proxy_wasm::types::Action;

use super::Stream;

/// What the SDK has of a stream whose policy may wait.
pub(crate) struct Shared<P: Policy>(pub(super) Rc<RefCell<Stream<P>>>);

impl<P: Policy> Shared<P> {
    /// A stream is in use only while its root context asks it again: then no callback of it runs.
    fn with(&mut self, f: impl FnOnce(&mut Stream<P>) -> Action) -> Action {
        self.0
            .try_borrow_mut()
            .map_or(Action::Pause, |mut stream| f(&mut stream))
    }
}

impl<P: Policy> Context for Shared<P> {}

impl<P: Policy> HttpContext for Shared<P> {
    fn on_http_request_headers(&mut self, count: usize, end_of_stream: bool) -> Action {
        self.with(|stream| stream.on_http_request_headers(count, end_of_stream))
    }

    fn on_http_response_headers(&mut self, count: usize, end_of_stream: bool) -> Action {
        self.with(|stream| stream.on_http_response_headers(count, end_of_stream))
    }

    fn on_http_request_body(&mut self, size: usize, end_of_stream: bool) -> Action {
        self.with(|stream| stream.on_http_request_body(size, end_of_stream))
    }

    fn on_http_response_body(&mut self, size: usize, end_of_stream: bool) -> Action {
        self.with(|stream| stream.on_http_response_body(size, end_of_stream))
    }

    fn on_http_request_trailers(&mut self, count: usize) -> Action {
        self.with(|stream| stream.on_http_request_trailers(count))
    }

    fn on_http_response_trailers(&mut self, count: usize) -> Action {
        self.with(|stream| stream.on_http_response_trailers(count))
    }
}
