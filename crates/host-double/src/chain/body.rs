//! A part of the body arrives.

use super::{Verdict, pass, replies, resume};
use crate::callback::{Event, enter};
use crate::context::Context;
use crate::flow::{BodyView, Iteration, Side};
use crate::local_reply::LocalReply;
use crate::machine::{with, with_context};

/// A chunk from the peer that sends.
pub(crate) fn data(id: u32, side: Side, chunk: Vec<u8>, end: bool) {
    let dropped = with_context(id, |context| {
        let dropped = context.over() || (side == Side::Request && context.answered());
        if !dropped {
            context.flow_mut(side).complete |= end;
        }
        dropped
    });
    if !dropped {
        offer(id, side, chunk, end);
    }
}

/// Offers a chunk to the filter: a new one, or all that waited unseen.
pub(super) fn offer(id: u32, side: Side, chunk: Vec<u8>, end: bool) {
    let (seen, iteration, ended) = with_context(id, |context| {
        let seen = context.created && !context.deleted;
        let flow = context.flow(side);
        (seen, flow.iteration, flow.ended_for_filter)
    });
    if !seen {
        return pass::data(id, side, chunk, end);
    }
    if iteration == Iteration::StopAll {
        with_context(id, |context| context.flow_mut(side).streaming = true);
        return keep(id, side, chunk);
    }
    if ended {
        return;
    }
    show(id, side, chunk);
    if with_context(id, |context| context.deleted) {
        // What is kept has become too large, and the answer to that has ended the stream.
        return;
    }
    let (size, last, had_trailers) = with_context(id, |context| open(context, side, end));
    let event = match side {
        Side::Request => Event::RequestBody { size, end: last },
        Side::Response => Event::ResponseBody { size, end: last },
    };
    let verdict = enter(id, event, || {}).into();
    let chunk = with_context(id, |context| close(context, side, verdict));
    after(id, side, chunk, end, had_trailers, verdict);
}

/// Makes the chunk visible: alone, or behind what a paused filter has already.
fn show(id: u32, side: Side, chunk: Vec<u8>) {
    let buffering = with_context(id, |context| context.flow(side).buffering);
    if buffering {
        with_context(id, |context| {
            context.in_call = Some(side);
            context.flow_mut(side).streaming = false;
        });
        keep(id, side, chunk);
        with_context(id, |context| {
            context.flow_mut(side).body = BodyView::Buffered
        });
    } else {
        with_context(id, |context| {
            context.flow_mut(side).body = BodyView::Chunk(chunk)
        });
    }
}

fn open(context: &mut Context, side: Side, end: bool) -> (usize, bool, bool) {
    let flow = context.flow_mut(side);
    let had_trailers = flow.trailers.is_some();
    let last = end && !had_trailers;
    flow.ended_for_filter = last;
    let size = flow.visible_body().len();
    (context.in_call, context.end_of_stream) = (Some(side), last);
    (size, last, had_trailers)
}

/// What the callback left of the chunk; what is kept stays where it is.
fn close(context: &mut Context, side: Side, verdict: Verdict) -> Vec<u8> {
    context.in_call = None;
    let flow = context.flow_mut(side);
    let (next, buffering) = match verdict {
        Verdict::Continue => (BodyView::Closed, false),
        Verdict::Pause => (BodyView::Buffered, true),
        Verdict::Stop => (BodyView::Gone, false),
    };
    flow.buffering = buffering;
    match std::mem::replace(&mut flow.body, next) {
        BodyView::Chunk(chunk) => chunk,
        BodyView::Buffered | BodyView::Closed | BodyView::Gone => vec![],
    }
}

fn after(id: u32, side: Side, chunk: Vec<u8>, end: bool, had_trailers: bool, verdict: Verdict) {
    let (aborted, added, iteration) = with_context(id, |context| {
        let flow = context.flow(side);
        (
            flow.aborted,
            !had_trailers && flow.trailers.is_some(),
            flow.iteration,
        )
    });
    if aborted {
        return replies::run_prepared(id);
    }
    match verdict {
        Verdict::Continue if iteration == Iteration::StopSingle => {
            keep(id, side, chunk);
            resume::common(id, side);
        }
        Verdict::Continue => {
            pass::data(id, side, chunk, end && !added);
            if added {
                pass::trailers(id, side);
            }
        }
        Verdict::Pause => {
            with_context(id, |context| {
                let flow = context.flow_mut(side);
                (flow.iteration, flow.streaming) = (Iteration::StopSingle, false);
            });
            keep(id, side, chunk);
        }
        Verdict::Stop => {
            with_context(id, |context| {
                let flow = context.flow_mut(side);
                // Nothing was kept, so that no limit has been set to what is (tried on 1.40: a
                // chunk far above it goes on from here).
                (flow.iteration, flow.streaming) = (Iteration::StopSingle, true);
            });
        }
    }
}

/// Keeps a chunk for later. Above the limit a request is answered with 413 and a response is
/// replaced by a 500, unless the filter sees nothing of it: then the sender is slowed down.
fn keep(id: u32, side: Side, chunk: Vec<u8>) {
    let limit = with(|machine| machine.settings.buffer_limit);
    let too_large = with_context(id, |context| {
        let flow = context.flow_mut(side);
        let kept = flow.buffered.get_or_insert_default();
        kept.extend(chunk);
        let crossed = kept.len() > limit && !flow.over_limit;
        flow.over_limit |= crossed;
        crossed && !flow.streaming
    });
    if too_large {
        replies::reply(
            id,
            match side {
                Side::Request => {
                    LocalReply::of_envoy(413, "Payload Too Large", "request_payload_too_large")
                }
                Side::Response => {
                    LocalReply::of_envoy(500, "Internal Server Error", "response_payload_too_large")
                }
            },
        );
    }
}
