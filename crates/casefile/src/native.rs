//! The native runner: the policy alone, with the case's values for a host.

mod background;
mod check;
mod source;
mod world;

use std::collections::BTreeMap;

use hachure_exchange::{
    Answer, AnyPolicy, AnyStream, Body, BodyPlan, Effect, Effects, Event, Exchange, HeaderMap,
    Outcome, Phase, Reply, UnixTime,
};

use crate::case::{Case, Step};
use crate::message::Message;
use crate::observed::{Observed, Seen};
use source::CaseSource;
use world::{Called, World};

pub use check::check;

/// The host of one configured policy, for the steps of a case.
///
/// Time passes only between steps. Calls are answered at once from the case's upstreams; what is
/// fetched in the background is there before the first step.
pub struct Host<'p> {
    policy: &'p dyn AnyPolicy,
    world: World,
    started: bool,
}

impl<'p> Host<'p> {
    /// The host that a case describes.
    pub fn of(policy: &'p dyn AnyPolicy, case: &Case) -> Self {
        Self {
            policy,
            world: World::of(case),
            started: false,
        }
    }

    /// A host with nothing but that time.
    pub fn at(policy: &'p dyn AnyPolicy, now: UnixTime) -> Self {
        Self {
            policy,
            world: World::at(now),
            started: false,
        }
    }

    /// Runs one step.
    pub fn step(&mut self, step: &Step) -> Observed {
        self.step_heard(step, &mut |_, _, _| {})
    }

    /// Runs one step, and tells `hear` after each decision what the policy did, in its order.
    pub fn step_heard(
        &mut self,
        step: &Step,
        hear: &mut dyn FnMut(Phase, &Effects, &Outcome),
    ) -> Observed {
        self.world.pass(step.after.unwrap_or_default());
        self.world.upstreams.extend(step.upstreams.clone());
        let event = match std::mem::replace(&mut self.started, true) {
            false => Event::Started,
            true => Event::Tick,
        };
        self.background(event);
        let mut run = Run {
            stream: self.policy.stream(),
            host: self,
            step,
            hear,
            called: Called::new(),
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
}

struct Run<'a, 'p> {
    host: &'a mut Host<'p>,
    stream: AnyStream,
    step: &'a Step,
    hear: &'a mut dyn FnMut(Phase, &Effects, &Outcome),
    /// Calls of this stream whose answers it has not had.
    called: Called,
    state: BTreeMap<String, String>,
    observed: Observed,
}

/// What a policy is asked in a phase.
enum Ask<'a> {
    Headers,
    Body(Body<'a>),
    Answered(u16, Answer),
    Resumed { expired: bool },
}

/// What a phase came to: what goes on of the headers, and what was asked about the body.
struct Passed {
    headers: HeaderMap,
    plan: Option<BodyPlan>,
    held: bool,
    new_body: Option<Vec<u8>>,
}

impl Run<'_, '_> {
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
        let view = View {
            headers: Some(message.headers.clone()),
            end: message.end,
            details,
        };
        let passed = self.phase(headers, Ask::Headers, view)?;
        let Some(plan) = passed.plan.filter(|_| !message.end) else {
            return Ok((passed.headers, message.body.clone()));
        };
        let view = View {
            headers: passed.held.then(|| passed.headers.clone()),
            end: true,
            details,
        };
        let seen = seen_body(&message.body, plan);
        let after = self.phase(body, Ask::Body(seen), view)?;
        let headers = if passed.held {
            after.headers
        } else {
            passed.headers
        };
        let replaced = after.new_body.filter(|_| plan.hold);
        Ok((headers, replaced.unwrap_or_else(|| message.body.clone())))
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

    /// A phase to its end, whatever the stream waits for meanwhile. A body phase has headers only
    /// where they are held.
    fn phase(&mut self, phase: Phase, ask: Ask<'_>, mut view: View<'_>) -> Result<Passed, Reply> {
        /// A policy that never stops to wait is stopped here.
        const MOST: usize = 64;
        self.called.clear();
        let mut passed = Passed {
            headers: HeaderMap::new(),
            plan: None,
            held: false,
            new_body: None,
        };
        let mut ask = Some(ask);
        let mut waited = false;
        for _ in 0..MOST {
            let Some(asked) = ask.take() else { break };
            let (outcome, mut effects) = self.decide(phase, asked, &view);
            passed.plan = effects.body_plan();
            let waits = matches!(outcome, Outcome::Wait | Outcome::WaitUntil(_));
            if passed
                .plan
                .is_some_and(|plan| waits || (waited && plan.hold))
            {
                // As in Envoy, where the body could be lost.
                return Err(Reply::new(500, "hachure.host_fault"));
            }
            waited |= waits;
            passed.held |= effects.holds_headers();
            passed.new_body = effects.take_new_body().or(passed.new_body);
            if let (false, Some(headers)) =
                (matches!(outcome, Outcome::Reply(_)), &mut view.headers)
            {
                effects.apply_to(headers);
            }
            ask = match outcome {
                Outcome::Continue => {
                    passed.headers = view.headers.unwrap_or_default();
                    return Ok(passed);
                }
                Outcome::Reply(reply) => return Err(reply),
                Outcome::Wait => {
                    let answered = self.called.pop_front();
                    answered.map(|(tag, answer)| Ask::Answered(tag, answer))
                }
                Outcome::WaitUntil(until) => Some(Ask::Resumed {
                    expired: !self.fetched(until),
                }),
            };
        }
        Err(Reply::new(500, "hachure.waits_for_ever"))
    }

    /// Lets the background work for a stream that waits; false where its time is over instead.
    fn fetched(&mut self, until: UnixTime) -> bool {
        let (woken, all) = self.host.background(Event::Tick);
        all.iter().for_each(|effects| self.note(effects));
        if !woken {
            self.host.world.now = self.host.world.now.max(until);
        }
        woken
    }

    fn decide(&mut self, phase: Phase, ask: Ask<'_>, view: &View<'_>) -> (Outcome, Effects) {
        let mut source = CaseSource {
            message: source::Message {
                headers: view.headers.clone(),
                address: self.step.source.as_deref(),
                details: view.details,
                state: Some(&self.state),
            },
            world: &mut self.host.world,
            called: &mut self.called,
            calls: &mut self.observed.calls,
        };
        let mut effects = Effects::new();
        let mut x = Exchange::new(&mut source, &mut effects, view.end);
        if view.headers.is_none() {
            x.without_headers();
        }
        let (policy, stream) = (self.host.policy, &mut self.stream);
        let mut outcome = match ask {
            Ask::Headers => policy.run(phase, stream, &mut x),
            Ask::Body(body) => policy.run_body(phase, stream, body, &mut x),
            Ask::Answered(tag, answer) => policy.answered(stream, tag, answer, &mut x),
            Ask::Resumed { expired } => policy.resumed(stream, expired, &mut x),
        };
        if x.faulted() || (view.headers.is_none() && effects.changes_headers()) {
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
                    let names = self.host.policy.metrics().names();
                    let name = names.get(counter.index()).cloned().unwrap_or_default();
                    let total = self.observed.counters.entry(name).or_default();
                    *total = total.saturating_add(u64::from(by));
                }
                Effect::Header { .. } | Effect::Log { .. } => {}
            }
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

/// What a phase shows of a message.
struct View<'a> {
    /// None where they have left.
    headers: Option<HeaderMap>,
    end: bool,
    details: &'a str,
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
