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
    if over {
        return;
    }
    let (headers, end) = with_context(id, |context| {
        let flow = context.flow_mut(side);
        flow.from_current |= flow.iteration == Iteration::StopAll;
        flow.iteration = Iteration::Continue;
        flow.buffering = false;
        let headers = !flow.headers_continued;
        flow.headers_continued = true;
        (
            headers,
            flow.complete && flow.buffered.is_none() && flow.trailers.is_none(),
        )
    });
    if headers {
        pass::headers(id, side, end);
    }
    let (kept, had_trailers, complete, from_current) = with_context(id, |context| {
        let flow = context.flow_mut(side);
        (
            flow.buffered.take(),
            flow.trailers.is_some(),
            flow.complete,
            flow.from_current,
        )
    });
    if let Some(kept) = kept {
        let end = complete && !had_trailers;
        match from_current {
            true => body::offer(id, side, kept, end),
            false => pass::data(id, side, kept, end),
        }
    }
    if had_trailers {
        match from_current {
            true => trailers::offer(id, side),
            false => pass::trailers(id, side),
        }
    }
    with_context(id, |context| context.flow_mut(side).from_current = false);
}
