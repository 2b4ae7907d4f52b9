//! Limits that several Envoys share, counted by a rate limit service
//! (`envoy.service.ratelimit.v3`).
//!
//! One call carries all such limits of a request. The service counts in fixed windows from the
//! epoch on, and counts a request in every limit, also where one of them refuses it.

pub(crate) mod messages;

use std::time::Duration;

use hachure_exchange::{Answer, Call, Exchange};
use prost::Message;

use crate::algorithm::Standing;
use messages::{Descriptor, Entry, Limit, OVER_LIMIT, Request, Response, Status, Unit};

const SERVICE: &str = "envoy.service.ratelimit.v3.RateLimitService";
const METHOD: &str = "ShouldRateLimit";
/// The call of which a stream waits for the answer.
pub(crate) const ASK: u16 = 0;
/// The call that says what a response cost; nobody waits for its answer.
const SETTLE: u16 = 1;

/// Where the service is.
#[derive(Debug)]
pub(crate) struct Service {
    /// The cluster.
    pub(crate) upstream: String,
    pub(crate) domain: String,
    pub(crate) timeout: Duration,
}

/// What the service calls one limit.
#[derive(Debug)]
pub(crate) struct Remote {
    /// The first entry's value: the policy and the limit.
    pub(crate) name: String,
    pub(crate) unit: Unit,
}

impl Remote {
    /// The descriptor of a key. `quota` is the plan's own limit.
    pub(crate) fn descriptor(&self, parts: Vec<(String, Vec<u8>)>, quota: u64) -> Descriptor {
        let mut entries = vec![Entry {
            key: "limit".to_owned(),
            value: escaped(self.name.as_bytes()),
        }];
        for (key, value) in parts {
            let value = escaped(&value);
            entries.push(Entry { key, value });
        }
        Descriptor {
            entries,
            limit: Some(Limit {
                requests_per_unit: u32::try_from(quota).unwrap_or(u32::MAX),
                unit: self.unit.into(),
            }),
            hits_addend: None,
        }
    }
}

impl Service {
    /// Asks for the units of every descriptor, and waits.
    pub(crate) fn ask(&self, descriptors: Vec<Descriptor>, x: &mut Exchange<'_>) {
        self.call(ASK, descriptors, x);
    }

    /// Says what was used.
    pub(crate) fn settle(&self, descriptors: Vec<Descriptor>, x: &mut Exchange<'_>) {
        self.call(SETTLE, descriptors, x);
    }

    fn call(&self, tag: u16, descriptors: Vec<Descriptor>, x: &mut Exchange<'_>) {
        let request = Request {
            domain: self.domain.clone(),
            descriptors,
        };
        let call = Call::Grpc {
            upstream: &self.upstream,
            service: SERVICE,
            method: METHOD,
            message: &request.encode_to_vec(),
            timeout: self.timeout,
        };
        x.call(tag, &call);
    }
}

/// What the service says of each of `count` descriptors; none where it says nothing that fits.
pub(crate) fn statuses(answer: Answer, count: usize) -> Option<Vec<Status>> {
    let Answer::Grpc { message } = answer else {
        return None;
    };
    let response = Response::decode(message.as_slice()).ok()?;
    let known = |status: &Status| matches!(status.code, messages::OK | OVER_LIMIT);
    let all = response.statuses.len() == count && response.statuses.iter().all(known);
    all.then_some(response.statuses)
}

/// Where a key stands. A request whose cost the response will tell passes while anything is left.
pub(crate) fn standing(status: &Status, checked_only: bool) -> Standing {
    let remaining = u64::from(status.limit_remaining);
    let admitted = status.code == messages::OK && (remaining > 0 || !checked_only);
    let reset = status.duration_until_reset.map_or(0, |reset| {
        let nanos = u64::try_from(reset.nanos).unwrap_or(0);
        u64::try_from(reset.seconds)
            .unwrap_or(0)
            .saturating_mul(1_000_000_000)
            .saturating_add(nanos)
    });
    Standing {
        admitted,
        remaining,
        reset,
        retry: (!admitted).then_some(reset),
    }
}

/// Letters, digits, `-`, `.` and `~`; all else percent-encoded. Services join entries with `_` into
/// one key, and values that clients choose must not look like two entries.
fn escaped(value: &[u8]) -> String {
    let encoded = hachure_config::encode_form(value);
    String::from_utf8_lossy(&encoded).replace('_', "%5F")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_cannot_look_like_entries() {
        assert_eq!(escaped(b"a_b.c-~/\xff %"), "a%5Fb.c-~%2F%FF%20%25");
    }

    fn status(code: i32, limit_remaining: u32) -> Status {
        Status {
            code,
            limit_remaining,
            duration_until_reset: None,
        }
    }

    #[test]
    fn an_answer_that_does_not_fit_is_none() {
        let answer = |statuses: Vec<Status>| Answer::Grpc {
            message: Response {
                overall_code: 1,
                statuses,
            }
            .encode_to_vec(),
        };
        assert!(statuses(answer(vec![status(1, 0)]), 1).is_some());
        assert!(statuses(answer(vec![status(1, 0)]), 2).is_none());
        assert!(statuses(answer(vec![status(0, 0)]), 1).is_none());
        assert!(statuses(Answer::Failed, 1).is_none());
        let message = vec![0xff; 9];
        assert!(statuses(Answer::Grpc { message }, 1).is_none());
    }

    #[test]
    fn a_check_needs_something_left() {
        assert!(standing(&status(1, 0), false).admitted);
        assert!(!standing(&status(1, 0), true).admitted);
        assert!(standing(&status(1, 1), true).admitted);
        assert!(!standing(&status(2, 5), false).admitted);
    }
}
