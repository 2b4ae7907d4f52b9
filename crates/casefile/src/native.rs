//! The native runner: the policy alone, with the case's values for a host.

mod check;

use std::collections::BTreeMap;

use hachure_exchange::{
    AnyPolicy, AnyStream, Body, BodyPlan, Effect, Effects, Exchange, Fault, HeaderMap, Outcome,
    Phase, Property, Reply, Source, UnixTime,
};

use crate::case::Step;
use crate::message::Message;
use crate::observed::{Observed, Seen};

pub use check::check;

/// Runs one step.
pub fn run(policy: &dyn AnyPolicy, step: &Step, now: UnixTime) -> Observed {
    run_heard(policy, step, now, &mut |_, _, _| {})
}

/// Runs one step, and tells `hear` after each phase what the policy did, in its order.
pub fn run_heard(
    policy: &dyn AnyPolicy,
    step: &Step,
    now: UnixTime,
    hear: &mut dyn FnMut(Phase, &Effects, &Outcome),
) -> Observed {
    let mut run = Run {
        policy,
        stream: policy.stream(),
        step,
        now,
        hear,
        state: step.state.clone(),
        observed: Observed::default(),
    };
    run.exchange();
    let set: BTreeMap<_, _> = run
        .state
        .into_iter()
        .filter(|(k, v)| step.state.get(k) != Some(v))
        .collect();
    run.observed.state = Some(set);
    run.observed
}

struct Run<'a> {
    policy: &'a dyn AnyPolicy,
    stream: AnyStream,
    step: &'a Step,
    now: UnixTime,
    hear: &'a mut dyn FnMut(Phase, &Effects, &Outcome),
    state: BTreeMap<String, String>,
    observed: Observed,
}

impl Run<'_> {
    fn exchange(&mut self) {
        let sent = &self.step.request;
        let request = Incoming {
            headers: sent.headers.to_map(),
            body: sent.whole_body(),
            end: sent.ends_with_headers(),
        };
        let passed = self.message([Phase::RequestHeaders, Phase::RequestBody], &request, "");
        let (response, details) = match passed {
            Ok((after, body)) => self.answer(Seen {
                before: request.headers,
                after,
                body_before: request.body,
                body,
            }),
            Err(reply) => {
                self.observed.replied = true;
                (Incoming::of_reply(&reply), reply.details().to_owned())
            }
        };
        let phases = [Phase::ResponseHeaders, Phase::ResponseBody];
        self.observed.response = match self.message(phases, &response, &details) {
            Ok((after, body)) => {
                let before = if self.observed.replied {
                    HeaderMap::new()
                } else {
                    response.headers
                };
                Seen {
                    before,
                    after,
                    body_before: response.body,
                    body,
                }
            }
            Err(reply) => {
                self.observed.replied = true;
                let answer = Incoming::of_reply(&reply);
                Seen {
                    before: HeaderMap::new(),
                    after: answer.headers,
                    body_before: answer.body.clone(),
                    body: answer.body,
                }
            }
        };
    }

    /// Runs both phases of a message; what goes on, headers and body.
    fn message(
        &mut self,
        [headers, body]: [Phase; 2],
        message: &Incoming,
        details: &str,
    ) -> Result<(HeaderMap, Vec<u8>), Reply> {
        let known = Some(message.headers.clone());
        let (outcome, effects) = self.phase(headers, known, None, message.end, details);
        let mut after = changed(&message.headers, &effects, outcome)?;
        let Some(plan) = effects.body_plan().filter(|_| !message.end) else {
            return Ok((after, message.body.clone()));
        };
        let held = effects.holds_headers();
        let seen = seen_body(&message.body, plan);
        let known = held.then(|| after.clone());
        let (outcome, mut effects) = self.phase(body, known, Some(seen), true, details);
        after = changed(&after, &effects, outcome)?;
        let replaced = effects.take_new_body().filter(|_| plan.hold);
        Ok((after, replaced.unwrap_or_else(|| message.body.clone())))
    }

    /// What comes back when the filter let the request pass, and its code details.
    fn answer(&mut self, request: Seen) -> (Incoming, String) {
        if let Some(local) = &self.step.local {
            let headers = [(":status", local.status.to_string())]
                .into_iter()
                .collect();
            return (
                Incoming {
                    headers,
                    body: vec![],
                    end: true,
                },
                "fault_filter_abort".to_owned(),
            );
        }
        self.observed.upstream = Some(request);
        (
            Incoming::of_upstream(self.step.upstream.as_ref()),
            "via_upstream".to_owned(),
        )
    }

    /// Runs one phase; a body phase has a body, and headers only where they are held.
    fn phase(
        &mut self,
        phase: Phase,
        headers: Option<HeaderMap>,
        body: Option<Body<'_>>,
        end: bool,
        details: &str,
    ) -> (Outcome, Effects) {
        let headers_gone = headers.is_none();
        let mut source = CaseSource {
            headers,
            address: self.step.source.as_deref(),
            details,
            state: &self.state,
            now: self.now,
        };
        let mut effects = Effects::new();
        let mut x = Exchange::new(&mut source, &mut effects, end);
        let mut outcome = match body {
            Some(body) => self.policy.run_body(phase, &mut self.stream, body, &mut x),
            None => self.policy.run(phase, &mut self.stream, &mut x),
        };
        if x.faulted() || (headers_gone && effects.changes_headers()) {
            outcome = Outcome::Reply(Reply::new(500, "hachure.host_fault"));
        }
        self.note(&effects);
        (self.hear)(phase, &effects, &outcome);
        (outcome, effects)
    }

    fn note(&mut self, effects: &Effects) {
        for effect in effects.iter() {
            match effect {
                Effect::State { key, value } => {
                    let value = String::from_utf8_lossy(value).into_owned();
                    self.state.insert(key.to_owned(), value);
                }
                Effect::Count { counter, by } => {
                    let name = self.policy.metrics().names().get(counter.index());
                    let total = self
                        .observed
                        .counters
                        .entry(name.cloned().unwrap_or_default());
                    let total = total.or_default();
                    *total = total.saturating_add(u64::from(by));
                }
                Effect::Header { .. } | Effect::Log { .. } => {}
            }
        }
    }
}

/// The headers as they go on.
fn changed(headers: &HeaderMap, effects: &Effects, outcome: Outcome) -> Result<HeaderMap, Reply> {
    match outcome {
        Outcome::Reply(reply) => Err(reply),
        Outcome::Continue => {
            let mut after = headers.clone();
            effects.apply_to(&mut after);
            Ok(after)
        }
    }
}

fn seen_body(body: &[u8], plan: BodyPlan) -> Body<'_> {
    if body.len() > plan.limit {
        Body::TooLarge
    } else {
        Body::Whole(body)
    }
}

/// A message on its way to the policy.
struct Incoming {
    headers: HeaderMap,
    body: Vec<u8>,
    /// It ends with its headers.
    end: bool,
}

impl Incoming {
    fn of_upstream(message: Option<&Message>) -> Self {
        let mut headers = message.map(|m| m.headers.to_map()).unwrap_or_default();
        if !headers.contains(":status") {
            headers.add(":status", b"200");
        }
        Self {
            headers,
            body: message.map(Message::whole_body).unwrap_or_default(),
            end: message.is_none_or(Message::ends_with_headers),
        }
    }

    fn of_reply(reply: &Reply) -> Self {
        let mut headers: HeaderMap = [(":status", reply.status().to_string())]
            .into_iter()
            .collect();
        for (name, value) in reply.headers() {
            headers.add(name, value);
        }
        Self {
            headers,
            body: reply.body_bytes().to_vec(),
            end: reply.body_bytes().is_empty(),
        }
    }
}

struct CaseSource<'a> {
    /// None where they have left.
    headers: Option<HeaderMap>,
    address: Option<&'a str>,
    details: &'a str,
    state: &'a BTreeMap<String, String>,
    now: UnixTime,
}

impl Source for CaseSource<'_> {
    fn headers(&mut self) -> Result<HeaderMap, Fault> {
        self.headers.clone().ok_or(Fault)
    }

    fn first_value(&mut self, name: &str) -> Result<Option<Vec<u8>>, Fault> {
        let headers = self.headers.as_ref().ok_or(Fault)?;
        Ok(headers.values(name).next().map(<[u8]>::to_vec))
    }

    fn property(&mut self, property: Property<'_>) -> Result<Option<Vec<u8>>, Fault> {
        let value = match property {
            Property::SourceAddress => Some(self.address.unwrap_or("127.0.0.1:50000")),
            Property::ResponseCodeDetails => Some(self.details).filter(|d| !d.is_empty()),
            Property::FilterState(key) => self.state.get(key).map(String::as_str),
        };
        Ok(value.map(|v| v.as_bytes().to_vec()))
    }

    fn now(&mut self) -> Result<UnixTime, Fault> {
        Ok(self.now)
    }
}
