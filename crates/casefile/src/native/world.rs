//! What the steps of a case share: the clock, shared data, and the upstreams of the filter's own.

use std::collections::VecDeque;

use hachure_exchange::{Answer, Call, Cells, HeaderMap, UnixTime};
use serde_json::Value;

use crate::case::Case;
use crate::metadata::metadata_message;
use crate::observed::ObservedCall;
use crate::upstream::{Answers, UpstreamAnswer, logical_name};

const NANOS_PER_MILLI: u64 = 1_000_000;

/// The host around one configured policy.
#[derive(Debug, Default)]
pub(super) struct World {
    pub(super) now: UnixTime,
    pub(super) cells: Cells,
    pub(super) upstreams: Answers,
    config: Value,
    /// Dynamic metadata of every stream, serialized.
    pub(super) metadata: Vec<u8>,
}

/// A call, and the answer that waits to be handed over.
pub(super) type Called = VecDeque<(u16, Answer)>;

impl World {
    pub(super) fn of(case: &Case) -> Self {
        let mut world = Self {
            now: case.now.unwrap_or_default(),
            cells: Cells::default(),
            upstreams: case.upstreams.clone(),
            config: case.config.clone(),
            metadata: metadata_message(&case.metadata),
        };
        for cell in &case.shared {
            world.cells.preset(&cell.key.0, &cell.value.0);
        }
        world
    }

    pub(super) fn at(now: UnixTime) -> Self {
        Self {
            now,
            ..Self::default()
        }
    }

    pub(super) fn pass(&mut self, time: hachure_config::Duration) {
        let nanos = time.milliseconds().saturating_mul(NANOS_PER_MILLI);
        self.now = UnixTime(self.now.0.saturating_add(nanos));
    }

    /// What came of a call, and how it looks to the upstream.
    pub(super) fn call(&self, call: &Call<'_>) -> (ObservedCall, Answer) {
        let name = logical_name(&self.config, call.upstream());
        let (headers, body) = on_the_wire(call);
        let observed = ObservedCall {
            upstream: name.to_owned(),
            headers,
            body: body.to_vec(),
        };
        let answer = match (self.upstreams.get(name), call) {
            (None, _) => Answer::Failed,
            (Some(given), Call::Http { .. }) => http(given),
            (Some(given), Call::Grpc { .. }) => grpc(given),
        };
        (observed, answer)
    }
}

fn on_the_wire<'a>(call: &Call<'a>) -> (HeaderMap, &'a [u8]) {
    match *call {
        Call::Http { headers, body, .. } => (headers.iter().copied().collect(), body),
        Call::Grpc {
            service,
            method,
            message,
            ..
        } => {
            let path = format!("/{service}/{method}");
            let headers = [(":method", "POST"), (":path", &path)];
            (headers.into_iter().collect(), message)
        }
    }
}

fn http(given: &UpstreamAnswer) -> Answer {
    if given.away {
        // What Envoy's client answers for an upstream that refuses the connection.
        return Answer::Http {
            status: 503,
            headers: [(":status", "503")].into_iter().collect(),
            body: vec![],
        };
    }
    let mut headers = given.headers.to_map();
    headers.set(":status", given.status().to_string().as_bytes());
    Answer::Http {
        status: given.status(),
        headers,
        body: given.body(),
    }
}

fn grpc(given: &UpstreamAnswer) -> Answer {
    match &given.grpc {
        Some(message) if !given.away => Answer::Grpc {
            message: message.0.clone(),
        },
        _ => Answer::Failed,
    }
}
