//! Call-outs: what the module asks of upstreams, and their answers.

mod grpc;
mod http;

use std::collections::BTreeMap;

use crate::fields::Fields;
use crate::machine;

pub use grpc::GrpcCall;
pub(crate) use grpc::{GrpcState, close as grpc_close, receive as grpc_receive};
pub(crate) use grpc::{initial_metadata, trailing_metadata};
pub use http::{Answer, HttpCall};
pub(crate) use http::{answer, fail};

/// Envoy tells the kinds of call-outs apart by the low bits of their tokens.
const STEP: u32 = 4;
const HTTP: u32 = 0;
const GRPC_CALL: u32 = 1;
const GRPC_STREAM: u32 = 2;
const KIND_BITS: u32 = 0b11;

thread_local! {
    /// Tokens go on from VM to VM of a thread, as context ids do.
    static LAST_TOKEN: std::cell::Cell<u32> = const { std::cell::Cell::new(0) };
}

/// The call-outs under way, and what the callback that runs may read of an answer.
#[derive(Debug, Default)]
pub(crate) struct Callouts {
    pub(crate) http: BTreeMap<u32, HttpCall>,
    pub(crate) grpc: BTreeMap<u32, GrpcState>,
    /// The answer of the HTTP call whose callback runs.
    pub(crate) answer: Option<Answer>,
    pub(crate) initial_metadata: Option<Fields>,
    pub(crate) trailing_metadata: Option<Fields>,
    pub(crate) message: Option<Vec<u8>>,
    /// `proxy_get_status`: code and text of the last end.
    pub(crate) status: (u32, Vec<u8>),
}

impl Callouts {
    /// The call-out that times out first.
    pub(crate) fn next_deadline(&self) -> Option<(u64, u32)> {
        let http = self
            .http
            .values()
            .filter_map(|call| Some((call.deadline?, call.token)));
        let grpc = self
            .grpc
            .values()
            .filter_map(|state| Some((state.deadline?, state.call.token)));
        http.chain(grpc).min()
    }
}

pub(crate) fn is_grpc_call(token: u32) -> bool {
    token & KIND_BITS == GRPC_CALL
}

pub(crate) fn is_grpc_stream(token: u32) -> bool {
    token & KIND_BITS == GRPC_STREAM
}

pub(crate) fn http_token() -> u32 {
    next_token(HTTP)
}

pub(crate) fn grpc_call_token() -> u32 {
    next_token(GRPC_CALL)
}

pub(crate) fn grpc_stream_token() -> u32 {
    next_token(GRPC_STREAM)
}

fn next_token(kind: u32) -> u32 {
    LAST_TOKEN.with(|last| {
        last.set(last.get() + STEP);
        last.get() | kind
    })
}

/// The upstream did not answer in time. Envoy's own client then makes the answer.
pub(crate) fn time_out(token: u32) {
    const UNAVAILABLE: u32 = 14;
    let http = machine::with(|machine| machine.callouts.http.contains_key(&token));
    if http {
        answer(token, Answer::local(504, "upstream request timeout"));
    } else {
        grpc_close(
            token,
            UNAVAILABLE,
            "upstream request timeout{response_timeout}",
        );
    }
}
