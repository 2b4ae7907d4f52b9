//! What happened in a simulation, in order.

use std::collections::BTreeMap;

use hachure_casefile::native::run_heard;
use hachure_casefile::{Message, Observed, Seen, Step, Text};
use hachure_exchange::{
    AnyPolicy, Effect, Effects, HeaderMap, HeaderOp, LogLevel, Outcome, Phase, Reply, UnixTime,
};
use hachure_registry::Filter;
use serde::Serialize;
use serde_json::Value;

/// One request through one filter.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Trace {
    pub(crate) filter: &'static str,
    /// The time at which it happened, RFC 3339.
    pub(crate) now: String,
    /// Whether the filter answered itself.
    pub(crate) replied: bool,
    pub(crate) phases: Vec<PhaseTrace>,
    /// The request on its way to the upstream; none where the filter answered.
    pub(crate) upstream: Option<Passed>,
    /// The response on its way to the client; none where no answer of the upstream was given.
    pub(crate) client: Option<Passed>,
    pub(crate) counters: BTreeMap<String, u32>,
    /// Filter state without the prefix `wasm.`.
    pub(crate) state: BTreeMap<&'static str, Text>,
}

/// What the filter did in one phase.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PhaseTrace {
    pub(crate) phase: &'static str,
    pub(crate) effects: Vec<EffectTrace>,
    /// The answer; none where the message goes on.
    pub(crate) reply: Option<ReplyTrace>,
}

/// One effect.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum EffectTrace {
    SetHeader(Header),
    AddHeader(Header),
    RemoveHeader { name: String },
    SetState { key: &'static str, value: Text },
    Count { counter: String, by: u32 },
    Log { level: &'static str, text: String },
}

/// A header's name and value.
#[derive(Serialize)]
pub(crate) struct Header {
    pub(crate) name: String,
    pub(crate) value: Text,
}

/// An answer of the filter's own.
#[derive(Serialize)]
pub(crate) struct ReplyTrace {
    pub(crate) status: u16,
    /// Envoy's response code details.
    pub(crate) details: String,
}

/// A message before and after the filter.
#[derive(Serialize)]
pub(crate) struct Passed {
    #[serde(skip)]
    pub(crate) before: HeaderMap,
    #[serde(serialize_with = "by_name")]
    pub(crate) headers: HeaderMap,
    #[serde(skip_serializing_if = "is_empty")]
    pub(crate) body: Text,
}

impl Trace {
    /// Runs `policy` on a request and, where there is one, on the upstream's response.
    pub(crate) fn of(
        filter: &'static Filter,
        policy: &dyn AnyPolicy,
        request: Message,
        response: Option<Message>,
        now: UnixTime,
    ) -> Self {
        let answered = response.is_some();
        let body: Vec<u8> = request
            .body
            .iter()
            .flat_map(|chunk| chunk.0.clone())
            .collect();
        let step = step(request, response);
        let counters = policy.metrics().names();
        let mut phases = Vec::new();
        let observed = run_heard(policy, &step, now, &mut |phase, effects, outcome| {
            phases.push(PhaseTrace::of(phase, effects, outcome, counters));
        });
        // The runner answers for an upstream that was not given.
        let shows_response = answered || observed.replied;
        phases.truncate(if shows_response { phases.len() } else { 1 });
        let Observed {
            replied,
            upstream,
            response,
            ..
        } = observed;
        let mut trace = Self {
            filter: filter.name,
            now: now.rfc3339(),
            replied,
            upstream: upstream.map(|seen| Passed {
                body: Text(body),
                ..Passed::of(seen)
            }),
            client: shows_response.then(|| Passed::of(response)),
            counters: BTreeMap::new(),
            state: BTreeMap::new(),
            phases,
        };
        trace.sum_up();
        trace
    }

    fn sum_up(&mut self) {
        for effect in self.phases.iter().flat_map(|phase| &phase.effects) {
            match effect {
                EffectTrace::Count { counter, by } => {
                    let total = self.counters.entry(counter.clone()).or_default();
                    *total = total.saturating_add(*by);
                }
                EffectTrace::SetState { key, value } => {
                    self.state.insert(key, value.clone());
                }
                _ => {}
            }
        }
    }
}

fn step(request: Message, upstream: Option<Message>) -> Step {
    Step {
        request,
        upstream,
        source: None,
        local: None,
        state: BTreeMap::new(),
        expect: hachure_casefile::Expect::default(),
    }
}

impl PhaseTrace {
    fn of(phase: Phase, effects: &Effects, outcome: &Outcome, counters: &[String]) -> Self {
        let reply = |reply: &Reply| ReplyTrace {
            status: reply.status(),
            details: reply.details().to_owned(),
        };
        Self {
            phase: match phase {
                Phase::RequestHeaders => "requestHeaders",
                Phase::ResponseHeaders => "responseHeaders",
            },
            effects: effects
                .iter()
                .map(|effect| EffectTrace::of(effect, counters))
                .collect(),
            reply: match outcome {
                Outcome::Reply(answer) => Some(reply(answer)),
                Outcome::Continue => None,
            },
        }
    }
}

impl EffectTrace {
    fn of(effect: Effect<'_>, counters: &[String]) -> Self {
        match effect {
            Effect::Header { op, name, value } => {
                let name = name.to_owned();
                let value = Text(value.to_vec());
                match op {
                    HeaderOp::Set => Self::SetHeader(Header { name, value }),
                    HeaderOp::Add => Self::AddHeader(Header { name, value }),
                    HeaderOp::Remove => Self::RemoveHeader { name },
                }
            }
            Effect::State { key, value } => Self::SetState {
                key,
                value: Text(value.to_vec()),
            },
            Effect::Count { counter, by } => {
                let name = counters.get(counter.index()).cloned().unwrap_or_default();
                Self::Count { counter: name, by }
            }
            Effect::Log { level, text } => Self::Log {
                level: match level {
                    LogLevel::Debug => "debug",
                    LogLevel::Info => "info",
                    LogLevel::Warn => "warn",
                },
                text: text.to_owned(),
            },
        }
    }
}

impl Passed {
    fn of(seen: Seen) -> Self {
        Self {
            before: seen.before,
            headers: seen.after,
            body: Text(seen.body),
        }
    }
}

fn is_empty(text: &Text) -> bool {
    text.0.is_empty()
}

/// As a case writes headers: a value, or a list of values, by name.
fn by_name<S: serde::Serializer>(headers: &HeaderMap, s: S) -> Result<S::Ok, S::Error> {
    let mut names: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for (name, value) in headers.iter() {
        let value = serde_json::to_value(Text(value.to_vec())).unwrap_or_default();
        names
            .entry(String::from_utf8_lossy(name).into_owned())
            .or_default()
            .push(value);
    }
    s.collect_map(names.into_iter().map(|(name, mut values)| {
        let alone = if values.len() == 1 {
            values.pop()
        } else {
            None
        };
        (name, alone.unwrap_or_else(|| Value::from(values)))
    }))
}
