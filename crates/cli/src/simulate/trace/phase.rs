//! What a filter did in one phase.

use hachure_casefile::Text;
use hachure_exchange::{Effect, Effects, HeaderOp, LogLevel, Outcome, Phase, Reply};
use serde::Serialize;

/// What the filter did in one phase.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PhaseTrace {
    pub(crate) phase: &'static str,
    pub(crate) effects: Vec<EffectTrace>,
    /// The answer; none where the message goes on.
    pub(crate) reply: Option<ReplyTrace>,
    /// Whether it is held meanwhile: what comes next is another decision in this phase.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) waits: bool,
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

impl PhaseTrace {
    pub(super) fn of(
        phase: Phase,
        effects: &Effects,
        outcome: &Outcome,
        counters: &[String],
    ) -> Self {
        let reply = |reply: &Reply| ReplyTrace {
            status: reply.status(),
            details: reply.details().to_owned(),
        };
        Self {
            phase: match phase {
                Phase::RequestHeaders => "requestHeaders",
                Phase::RequestBody => "requestBody",
                Phase::ResponseHeaders => "responseHeaders",
                Phase::ResponseBody => "responseBody",
            },
            effects: effects
                .iter()
                .map(|effect| EffectTrace::of(effect, counters))
                .collect(),
            reply: match outcome {
                Outcome::Reply(answer) => Some(reply(answer)),
                Outcome::Continue | Outcome::Wait | Outcome::WaitUntil(_) => None,
            },
            waits: matches!(outcome, Outcome::Wait | Outcome::WaitUntil(_)),
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
