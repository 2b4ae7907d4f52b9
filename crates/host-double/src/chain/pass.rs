//! What has passed the filter reaches the peer that receives.

use super::{lifecycle, replies};
use crate::flow::Side;
use crate::local_reply::LocalReply;
use crate::machine::with_context;

pub(super) fn headers(id: u32, side: Side, end: bool) {
    if side == Side::Response && !has_status(id) {
        let details = "filter_removed_required_response_headers{missing_required_header:_:status}";
        let body = "missing required header: :status";
        return replies::reply(id, LocalReply::of_envoy(502, body, details));
    }
    let ended = with_context(id, |context| {
        let over = context.over();
        let flow = context.flow_mut(side);
        if !over {
            flow.passed.headers = Some(flow.headers.clone());
            flow.passed.ended = end;
        }
        end && !over
    });
    ended_for(id, side, ended);
}

pub(super) fn data(id: u32, side: Side, chunk: Vec<u8>, end: bool) {
    let ended = with_context(id, |context| {
        let over = context.over();
        let flow = context.flow_mut(side);
        if !over {
            flow.passed.body.extend(chunk);
            flow.over_limit &= flow.buffered.as_ref().is_some_and(|kept| !kept.is_empty());
            flow.passed.ended |= end;
        }
        end && !over
    });
    ended_for(id, side, ended);
}

pub(super) fn trailers(id: u32, side: Side) {
    let ended = with_context(id, |context| {
        let over = context.over();
        let flow = context.flow_mut(side);
        if !over {
            flow.passed.trailers = flow.trailers.clone();
            flow.passed.ended = true;
        }
        !over
    });
    ended_for(id, side, ended);
}

/// A response that is whole ends the stream.
fn ended_for(id: u32, side: Side, ended: bool) {
    if ended && side == Side::Response {
        lifecycle::finish(id);
    }
}

fn has_status(id: u32) -> bool {
    with_context(id, |context| {
        context.response.headers.value(":status").is_some()
    })
}
