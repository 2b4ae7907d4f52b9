//! Calls that wait for their answers, of all plugins of this VM.
//!
//! The SDK hands an answer on by the number of its call, and knows only the numbers of calls that
//! its own helper made, which ends the program on statuses that a host may answer. So calls are
//! made and answers received here (`crate::entry`).

use std::cell::RefCell;

use hachure_exchange::{Answer, Call, HeaderMap};

use crate::abi;
use crate::signature::field;

/// The largest body or message that is taken from an upstream, in bytes: an answer above it has
/// failed.
const MAX_ANSWER: usize = 1024 * 1024;

/// Who waits for an answer.
pub(crate) trait Receiver {
    /// Whether there still is one.
    fn is_there(&self) -> bool;

    /// The answer of the call with that tag has come.
    fn receive(&self, tag: u16, answer: Answer);
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Http,
    Grpc,
    /// Not dispatched. The token is the root context at whose next tick it has failed.
    Undispatched,
}

struct Pending {
    kind: Kind,
    token: u32,
    tag: u16,
    receiver: Box<dyn Receiver>,
}

thread_local! {
    static PENDING: RefCell<Vec<Pending>> = const { RefCell::new(Vec::new()) };
}

/// Makes a call. False where it cannot be dispatched: then nobody will answer.
pub(crate) fn dispatch(call: &Call<'_>, tag: u16, receiver: Box<dyn Receiver>) -> bool {
    if !call.is_sound() {
        return false;
    }
    let timeout = call.timeout_milliseconds();
    let (kind, token) = match *call {
        Call::Http {
            upstream,
            headers,
            body,
            ..
        } => {
            let headers: HeaderMap = headers.iter().copied().collect();
            let headers = headers.to_serialized();
            let token = abi::http_call(upstream.as_bytes(), &headers, body, timeout);
            (Kind::Http, token)
        }
        Call::Grpc {
            upstream,
            service,
            method,
            message,
            ..
        } => {
            let envoy = grpc_service(upstream);
            let token = abi::grpc_call(&envoy, service, method, message, timeout);
            (Kind::Grpc, token)
        }
    };
    let Ok(token) = token else { return false };
    remember(Pending {
        kind,
        token,
        tag,
        receiver,
    })
}

/// Lets a call that was not dispatched fail at the next tick of a root context.
pub(crate) fn fail_later(root: u32, tag: u16, receiver: Box<dyn Receiver>) {
    remember(Pending {
        kind: Kind::Undispatched,
        token: root,
        tag,
        receiver,
    });
}

/// The tick for which [`fail_later`] waits. What fails again meanwhile waits for the next one.
pub(crate) fn fail_undispatched(root: u32) {
    let failed = with(|all| {
        let failed = |one: &Pending| one.kind == Kind::Undispatched && one.token == root;
        let (failed, rest) = std::mem::take(all).into_iter().partition(failed);
        *all = rest;
        failed
    });
    let failed: Vec<Pending> = failed.unwrap_or_default();
    for one in failed {
        one.receiver.receive(one.tag, Answer::Failed);
    }
}

/// Forgets the calls that nobody waits for any more: a host that lets a root context go answers none
/// of them.
pub(crate) fn forget_abandoned() {
    with(|all| all.retain(|one| one.receiver.is_there()));
}

/// How many calls are under way, for tests.
#[cfg(not(target_family = "wasm"))]
pub(crate) fn under_way() -> usize {
    with(|all| {
        all.iter()
            .filter(|one| one.kind != Kind::Undispatched)
            .count()
    })
    .unwrap_or(0)
}

fn remember(pending: Pending) -> bool {
    with(|all| all.push(pending)).is_some()
}

/// None where the list is in use, which it never is when a callback begins.
fn with<R>(f: impl FnOnce(&mut Vec<Pending>) -> R) -> Option<R> {
    let done = PENDING.try_with(|all| all.try_borrow_mut().ok().map(|mut all| f(&mut all)));
    done.ok().flatten()
}

/// Envoy's `GrpcService` with `envoy_grpc` (1), its `cluster_name` (1) and `authority` (2). Envoy
/// also takes the name alone, but first tries whether it is such a message, and a name can be one by
/// chance; and it would make the name the authority, which servers refuse that has a slash.
fn grpc_service(cluster: &str) -> Vec<u8> {
    let (mut envoy, mut service) = (vec![], vec![]);
    field(&mut envoy, 1, cluster.as_bytes());
    let of_a_host = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_');
    let authority = cluster.bytes().map(|b| if of_a_host(b) { b } else { b'-' });
    field(&mut envoy, 2, &authority.collect::<Vec<_>>());
    field(&mut service, 1, &envoy);
    service
}

/// `proxy_on_http_call_response`.
pub(crate) fn http_answered(token: u32, headers: usize, body: usize) {
    deliver(Kind::Http, token, || http_answer(headers, body));
}

/// `proxy_on_grpc_receive`.
pub(crate) fn grpc_received(token: u32, size: usize) {
    deliver(Kind::Grpc, token, || {
        let message = (size <= MAX_ANSWER).then(|| abi::grpc_answer(size).ok());
        let message = message.flatten().filter(|message| message.len() == size);
        message.map(|message| Answer::Grpc { message })
    });
}

/// `proxy_on_grpc_close`: of a call that is not under way any more, or one without an answer.
pub(crate) fn grpc_closed(token: u32) {
    deliver(Kind::Grpc, token, || None);
}

/// No headers are no answer: the call was broken off.
fn http_answer(headers: usize, body: usize) -> Option<Answer> {
    if headers == 0 || body > MAX_ANSWER {
        return None;
    }
    let headers = HeaderMap::from_serialized(abi::http_answer_headers().ok()?).ok()?;
    let bytes = match body {
        0 => vec![],
        _ => abi::http_answer_body(body).ok()?,
    };
    // Half of an answer is none.
    let whole = bytes.len() == body && !headers.is_empty();
    let status = headers.values(":status").next();
    let status = status.and_then(|status| str::from_utf8(status).ok()?.parse().ok());
    whole.then(|| Answer::Http {
        status: status.unwrap_or(0),
        headers,
        body: bytes,
    })
}

/// Hands an answer over. The host may answer what was never asked, or twice: then nobody waits.
fn deliver(kind: Kind, token: u32, answer: impl FnOnce() -> Option<Answer>) {
    let pending = with(|all| {
        let mut numbers = all.iter();
        let at = numbers.position(|one| one.kind == kind && one.token == token)?;
        // The last one takes its place.
        let last = all.pop()?;
        match all.get_mut(at) {
            Some(place) => Some(std::mem::replace(place, last)),
            None => Some(last),
        }
    });
    let pending = pending.flatten();
    if let Some(pending) = pending {
        let answer = answer().unwrap_or(Answer::Failed);
        pending.receiver.receive(pending.tag, answer);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cluster_is_named_in_a_message() {
        assert_eq!(grpc_service("a/b"), b"\x0a\x0a\x0a\x03a/b\x12\x03a-b");
    }
}
