//! Local replies (Envoy: `DownstreamFilterManager::sendLocalReply`).

use super::{data, headers, lifecycle};
use crate::flow::Side;
use crate::local_reply::LocalReply;
use crate::machine::with_context;

enum Route {
    /// Nothing has answered yet: through the response callbacks of the filters.
    Filters,
    /// The same, once the request's callback has returned.
    Later,
    /// A response stands among the filters, unsent: this one takes its place, unseen by them.
    Direct,
    /// The response's headers have gone: all that is left is to break the stream.
    Reset,
    /// The stream is over, or about to be.
    Nowhere,
}

/// Sends a local reply.
pub(crate) fn reply(id: u32, reply: LocalReply) {
    let route = with_context(id, |context| {
        if context.over() {
            return Route::Nowhere;
        }
        if context.prepared.is_some() {
            // The first of two in one callback is the one that is sent.
            return Route::Nowhere;
        }
        if let Some(side) = context.in_call {
            context.flow_mut(side).aborted = true;
        }
        context.details = Some(reply.details.clone());
        match (context.response.started, context.in_call) {
            (false, Some(Side::Request)) => Route::Later,
            (false, _) => Route::Filters,
            (true, _) if context.response.passed.headers.is_none() => Route::Direct,
            (true, _) => Route::Reset,
        }
    });
    match route {
        Route::Filters => through_filters(id, &reply),
        Route::Later => with_context(id, |context| context.prepared = Some(reply)),
        Route::Direct => direct(id, &reply),
        Route::Reset => lifecycle::reset(id),
        Route::Nowhere => {}
    }
}

/// Sends the reply that waited for the request's callback to return.
pub(super) fn run_prepared(id: u32) {
    if let Some(reply) = with_context(id, |context| context.prepared.take()) {
        through_filters(id, &reply);
    }
}

fn through_filters(id: u32, reply: &LocalReply) {
    let prepared = with_context(id, |context| reply.prepare(&context.request.headers));
    let bodyless = prepared.body.is_empty();
    headers(id, Side::Response, prepared.headers, bodyless);
    if !bodyless {
        data(id, Side::Response, prepared.body, true);
    }
}

fn direct(id: u32, reply: &LocalReply) {
    with_context(id, |context| {
        let prepared = reply.prepare(&context.request.headers);
        context.response.complete = true;
        let passed = &mut context.response.passed;
        (passed.headers, passed.body) = (Some(prepared.headers), prepared.body);
        passed.ended = true;
    });
    lifecycle::finish(id);
}
