//! The native runner: the policy alone, with the case's values for a host.

mod check;

use std::collections::BTreeMap;

use hachure_exchange::{
    AnyPolicy, AnyStream, Effect, Effects, Exchange, Fault, HeaderMap, Outcome, Phase, Property,
    Reply, Source, UnixTime,
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
        let before = self.step.request.headers.to_map();
        let end = self.step.request.ends_with_headers();
        let request = self.phase(Phase::RequestHeaders, before.clone(), end, "");
        let (response, details) = match request {
            Ok(after) => self.answer(Seen {
                before,
                after,
                body: vec![],
            }),
            Err(reply) => {
                self.observed.replied = true;
                (Answer::of_reply(&reply), reply.details().to_owned())
            }
        };
        let end = response.body.is_empty();
        let passed = self.phase(
            Phase::ResponseHeaders,
            response.headers.clone(),
            end,
            &details,
        );
        self.observed.response = match passed {
            Ok(after) => {
                let before = if self.observed.replied {
                    HeaderMap::new()
                } else {
                    response.headers
                };
                Seen {
                    before,
                    after,
                    body: response.body,
                }
            }
            Err(reply) => {
                self.observed.replied = true;
                let answer = Answer::of_reply(&reply);
                Seen {
                    before: HeaderMap::new(),
                    after: answer.headers,
                    body: answer.body,
                }
            }
        };
    }

    /// What comes back when the filter let the request pass, and its code details.
    fn answer(&mut self, request: Seen) -> (Answer, String) {
        if let Some(local) = &self.step.local {
            let headers = [(":status", local.status.to_string())]
                .into_iter()
                .collect();
            return (
                Answer {
                    headers,
                    body: vec![],
                },
                "fault_filter_abort".to_owned(),
            );
        }
        self.observed.upstream = Some(request);
        (
            Answer::of_upstream(self.step.upstream.as_ref()),
            "via_upstream".to_owned(),
        )
    }

    fn phase(
        &mut self,
        phase: Phase,
        headers: HeaderMap,
        end: bool,
        details: &str,
    ) -> Result<HeaderMap, Reply> {
        let mut source = CaseSource {
            headers: headers.clone(),
            address: self.step.source.as_deref(),
            details,
            state: &self.state,
            now: self.now,
        };
        let mut effects = Effects::new();
        let mut x = Exchange::new(&mut source, &mut effects, end);
        let outcome = self.policy.run(phase, &mut self.stream, &mut x);
        self.note(&effects);
        (self.hear)(phase, &effects, &outcome);
        match outcome {
            Outcome::Reply(reply) => Err(reply),
            Outcome::Continue => {
                let mut after = headers;
                effects.apply_to(&mut after);
                Ok(after)
            }
        }
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

struct Answer {
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    fn of_upstream(message: Option<&Message>) -> Self {
        let mut headers = message.map(|m| m.headers.to_map()).unwrap_or_default();
        if !headers.contains(":status") {
            headers.add(":status", b"200");
        }
        let body = message.map(|m| m.body.iter().flat_map(|c| c.0.clone()).collect());
        Self {
            headers,
            body: body.unwrap_or_default(),
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
        }
    }
}

struct CaseSource<'a> {
    headers: HeaderMap,
    address: Option<&'a str>,
    details: &'a str,
    state: &'a BTreeMap<String, String>,
    now: UnixTime,
}

impl Source for CaseSource<'_> {
    fn headers(&mut self) -> Result<HeaderMap, Fault> {
        Ok(self.headers.clone())
    }

    fn first_value(&mut self, name: &str) -> Result<Option<Vec<u8>>, Fault> {
        Ok(self.headers.values(name).next().map(<[u8]>::to_vec))
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
