//! A message that was held goes on.

use super::{body, pass, trailers};
use crate::flow::{Iteration, Side};
use crate::machine::with_context;

/// `proxy_continue_stream`, once the callback that called it has returned.
pub(crate) fn resume(id: u32, side: Side) {
    let held = with_context(id, |context| {
        let flow = context.flow(side);
        flow.iteration != Iteration::Continue && context.in_call != Some(side)
    });
    if held {
        common(id, side);
    }
}

/// Envoy's `commonContinue`.
pub(super) fn common(id: u32, side: Side) {
    let over = with_context(id, |context| match side {
        Side::Request => context.answered(),
        Side::Response => context.over(),
    });
    if !over {
        headers(id, side);
        rest(id, side);
    }
}

/// The headers go on, if they have not yet; always to the peer.
fn headers(id: u32, side: Side) {
    let (held, end) = with_context(id, |context| {
        let flow = context.flow_mut(side);
        flow.from_current |= flow.iteration == Iteration::StopAll;
        flow.iteration = Iteration::Continue;
        flow.buffering = false;
        let held = !std::mem::replace(&mut flow.headers_continued, true);
        let alone = flow.buffered.is_none() && flow.trailers.is_none();
        (held, flow.complete && alone)
    });
    if held {
        pass::headers(id, side, end);
    }
}

/// What was kept goes on: to this filter where it has not seen it, else to the peer.
fn rest(id: u32, side: Side) {
    let (kept, trailers, from_current, complete) = with_context(id, |context| {
        let flow = context.flow_mut(side);
        let (kept, trailers) = (flow.buffered.take(), flow.trailers.is_some());
        (kept, trailers, flow.from_current, flow.complete)
    });
    let end = complete && !trailers;
    match (kept, from_current) {
        (Some(kept), true) => body::offer(id, side, kept, end),
        (Some(kept), false) => pass::data(id, side, kept, end),
        (None, _) => {}
    }
    match (trailers, from_current) {
        (true, true) => trailers::offer(id, side),
        (true, false) => pass::trailers(id, side),
        (false, _) => {}
    }
    with_context(id, |context| context.flow_mut(side).from_current = false);
}
