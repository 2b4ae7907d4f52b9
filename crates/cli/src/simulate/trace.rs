//! What happened in a simulation, in order.

mod phase;

use std::collections::BTreeMap;

use hachure_casefile::native::Host;
use hachure_casefile::{Message, Observed, Seen, Step, Text};
use hachure_exchange::{AnyPolicy, HeaderMap, UnixTime};
use hachure_registry::Filter;
use serde::Serialize;
use serde_json::Value;

pub(super) use phase::{EffectTrace, PhaseTrace};

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
        let step = step(request, response);
        let counters = policy.metrics().names();
        let mut phases = Vec::new();
        let mut asked: usize = 0;
        let observed = Host::at(policy, now).step_heard(&step, &mut |phase, effects, outcome| {
            asked = asked.saturating_add(usize::from(phase.is_of_request()));
            phases.push(PhaseTrace::of(phase, effects, outcome, counters));
        });
        // The runner answers for an upstream that was not given.
        let shows_response = answered || observed.replied;
        if !shows_response {
            phases.truncate(asked);
        }
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
            upstream: upstream.map(Passed::of),
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
        after: None,
        upstreams: BTreeMap::new(),
        source: None,
        local: None,
        state: BTreeMap::new(),
        expect: hachure_casefile::Expect::default(),
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
