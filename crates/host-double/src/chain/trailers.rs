//! Trailers arrive.

use super::{Verdict, pass, replies, resume};
use crate::callback::{Event, enter};
use crate::fields::Fields;
use crate::flow::{Iteration, Side};
use crate::machine::with_context;

/// Trailers from the peer that sends.
pub(crate) fn trailers(id: u32, side: Side, fields: Fields) {
    let dropped = with_context(id, |context| {
        let dropped = context.over() || (side == Side::Request && context.answered());
        if !dropped {
            let flow = context.flow_mut(side);
            (flow.complete, flow.trailers) = (true, Some(fields));
        }
        dropped
    });
    if !dropped {
        offer(id, side);
    }
}

/// Offers the trailers that have arrived to the filter.
pub(super) fn offer(id: u32, side: Side) {
    let (seen, iteration, count) = with_context(id, |context| {
        let seen = context.created && !context.deleted;
        let flow = context.flow(side);
        (
            seen,
            flow.iteration,
            flow.trailers.as_ref().map_or(0, Fields::len),
        )
    });
    if !seen {
        return pass::trailers(id, side);
    }
    if iteration == Iteration::StopAll {
        return;
    }
    with_context(id, |context| {
        context.flow_mut(side).trailers_open = true;
        context.in_call = Some(side);
    });
    let event = match side {
        Side::Request => Event::RequestTrailers { count },
        Side::Response => Event::ResponseTrailers { count },
    };
    let verdict = enter(id, event, || {}).into();
    after(id, side, verdict);
}

fn after(id: u32, side: Side, verdict: Verdict) {
    let (aborted, iteration) = with_context(id, |context| {
        context.in_call = None;
        let flow = context.flow_mut(side);
        flow.ended_for_filter = true;
        if verdict == Verdict::Continue {
            flow.trailers_open = false;
        }
        (flow.aborted, flow.iteration)
    });
    if aborted {
        return replies::run_prepared(id);
    }
    match verdict {
        Verdict::Continue if iteration == Iteration::StopSingle => resume::common(id, side),
        Verdict::Continue => pass::trailers(id, side),
        Verdict::Pause | Verdict::Stop => with_context(id, |context| {
            let flow = context.flow_mut(side);
            if flow.iteration == Iteration::Continue {
                flow.iteration = Iteration::StopSingle;
            }
        }),
    }
}
