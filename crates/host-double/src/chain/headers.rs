//! Headers arrive.

use super::{Verdict, lifecycle, pass, replies};
use crate::callback::{Event, enter};
use crate::fields::Fields;
use crate::flow::{Iteration, Side};
use crate::machine::{with, with_context};

/// The headers of a message, from the client, the upstream or a local reply.
pub(crate) fn headers(id: u32, side: Side, fields: Fields, end: bool) {
    if with_context(id, |context| context.over()) {
        return;
    }
    if side == Side::Request {
        lifecycle::create(id);
    }
    let (seen, count) = with_context(id, |context| {
        let flow = context.flow_mut(side);
        (flow.started, flow.complete) = (true, end);
        flow.headers = fields;
        let count = flow.headers.len();
        // A filter whose request callback never ran is not asked about the response.
        let seen = context.created && !context.deleted;
        if seen {
            let flow = context.flow_mut(side);
            flow.headers_open = true;
            flow.ended_for_filter = end;
            (context.in_call, context.end_of_stream) = (Some(side), end);
        }
        (seen, count)
    });
    if !seen {
        with_context(id, |context| {
            context.flow_mut(side).headers_continued = true
        });
        return pass::headers(id, side, end);
    }
    let event = match side {
        Side::Request => Event::RequestHeaders { count, end },
        Side::Response => Event::ResponseHeaders { count, end },
    };
    let verdict = enter(id, event, || {}).into();
    after(id, side, end, verdict);
}

fn after(id: u32, side: Side, end: bool, verdict: Verdict) {
    let hold_alone = with(|machine| machine.settings.allow_on_headers_stop_iteration);
    let aborted = with_context(id, |context| {
        context.in_call = None;
        let flow = context.flow_mut(side);
        match verdict {
            Verdict::Continue => flow.headers_open = false,
            Verdict::Pause if hold_alone && !flow.aborted => flow.iteration = Iteration::StopSingle,
            Verdict::Pause | Verdict::Stop => flow.iteration = Iteration::StopAll,
        }
        flow.aborted
    });
    if aborted {
        return replies::run_prepared(id);
    }
    if verdict == Verdict::Continue {
        with_context(id, |context| {
            context.flow_mut(side).headers_continued = true
        });
        pass::headers(id, side, end);
    }
}
