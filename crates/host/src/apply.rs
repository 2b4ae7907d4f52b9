//! Effects and replies to host calls.

use hachure_exchange::{
    Effect, Effects, HeaderMap, HeaderOp, Policy, Reply, STATE_FILTER, STATE_REASON,
};

use crate::abi::{self, Map};
use crate::plugin::Plugin;

/// Carries the effects out. False where the host refused a header change: the message would go on
/// as the policy did not want it.
pub(crate) fn effects<P: Policy>(plugin: &Plugin<P>, map: Map, effects: &Effects) -> bool {
    let mut whole = true;
    for effect in effects.iter() {
        match effect {
            Effect::Header { op, name, value } => whole &= header(map, op, name, value).is_ok(),
            // State serves access logs and later filters; without it they see an absent key.
            Effect::State { key, value } => drop(abi::set_property(key, value)),
            Effect::Count { counter, by } => plugin.count(counter, by),
            Effect::Log { level, text } => plugin.log(level, text),
        }
    }
    whole
}

fn header(map: Map, op: HeaderOp, name: &str, value: &[u8]) -> abi::Result<()> {
    match op {
        HeaderOp::Set => abi::set_header(map, name, value),
        HeaderOp::Add => abi::add_header(map, name, value),
        HeaderOp::Remove => abi::remove_header(map, name),
    }
}

/// Names the reason of a refusal that no policy gave, for access logs.
pub(crate) fn reason(filter: &str, code: &str) {
    let _ = abi::set_property(STATE_REASON, code.as_bytes());
    let _ = abi::set_property(STATE_FILTER, filter.as_bytes());
}

/// Answers the request. Where the host takes no such reply, a bare one; false where it takes none
/// at all: the stream then stays paused, which is closed.
pub(crate) fn reply(reply: &Reply) -> bool {
    let headers: HeaderMap = reply.headers().collect();
    let grpc_status = reply.grpc().map_or(-1, i32::from);
    let sent = abi::send_local_response(
        reply.status(),
        reply.details(),
        reply.body_bytes(),
        &headers.to_serialized(),
        grpc_status,
    );
    let bare = || abi::send_local_response(reply.status(), reply.details(), b"", b"", grpc_status);
    sent.or_else(|_| bare()).is_ok()
}
