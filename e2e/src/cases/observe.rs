//! From what a client and an upstream saw to what a case compares.

use std::collections::BTreeMap;

use hachure_casefile::{Message, Observed, Seen, Step};
use hachure_exchange::HeaderMap;

use super::place::Told;
use crate::{Received, response};

/// What Envoy itself decides on the way to the upstream and back.
const ENVOYS: [&str; 12] = [
    ":scheme",
    "connection",
    "content-length",
    "date",
    "expect",
    "host",
    "keep-alive",
    "te",
    "transfer-encoding",
    "upgrade",
    "x-envoy-internal",
    "x-forwarded-proto",
];

/// One step: `requests` are those that the upstream saw.
pub(super) fn step(
    step: &Step,
    received: Received,
    told: &Told,
    requests: Vec<Received>,
    counters: BTreeMap<String, u64>,
) -> Observed {
    let mut state = told.state.clone();
    // What was there before is not the filter's.
    if let Some(state) = &mut state {
        state.retain(|key, value| step.state.get(key) != Some(value));
    }
    let replied = told.details.starts_with("hachure.");
    let answer = match (&step.local, replied) {
        (_, true) => HeaderMap::new(),
        (Some(local), false) => response(local.status, &[], "").headers.to_map(),
        (None, false) => answer(step).headers.to_map(),
    };
    let upstream = requests.into_iter().next().map(|request| {
        seen(
            step.request.headers.to_map(),
            request,
            step.request.whole_body(),
        )
    });
    // What Envoy answers itself, or leaves away after HEAD, is no change of the filter's.
    let given = step.upstream.as_ref().map(Message::whole_body);
    let given = given.filter(|_| step.local.is_none() && !replied && !received.body.is_empty());
    let body_before = given.unwrap_or_else(|| received.body.clone());
    Observed {
        replied,
        upstream,
        response: seen(answer, received, body_before),
        counters,
        state,
        calls: vec![],
    }
}

/// What the upstream answers.
pub(super) fn answer(step: &Step) -> Message {
    let mut message = step.upstream.clone().unwrap_or_default();
    if !message.headers.0.iter().any(|(name, _)| name == ":status") {
        message.headers.0.extend(response(200, &[], "").headers.0);
    }
    message
}

fn seen(before: HeaderMap, received: Received, body_before: Vec<u8>) -> Seen {
    let after = received.headers;
    Seen {
        before: comparable(before, &after),
        after,
        body_before,
        body: received.body,
    }
}

/// `before` as it would be had only the filter touched the message: without what Envoy decides,
/// and with values in one line where Envoy has joined them (RFC 9110, 5.3).
fn comparable(before: HeaderMap, after: &HeaderMap) -> HeaderMap {
    let mut out = HeaderMap::new();
    for (name, value) in before.iter() {
        let name = String::from_utf8_lossy(name).to_ascii_lowercase();
        if ENVOYS.contains(&name.as_str()) || out.contains(&name) && joined(&before, after, &name) {
            continue;
        }
        if joined(&before, after, &name) {
            out.add(&name, after.values(&name).next().unwrap_or_default());
        } else {
            out.add(&name, value);
        }
    }
    out
}

fn joined(before: &HeaderMap, after: &HeaderMap, name: &str) -> bool {
    let values: Vec<_> = before.values(name).collect();
    let mut after = after.values(name);
    values.len() > 1 && after.next() == Some(&values.join(&b","[..])) && after.next().is_none()
}
