//! Outcomes and effects in the interface's types.

use hachure_exchange as exchange;
use hachure_exchange::{Effects, HeaderOp, Metrics};

use crate::bindings::exports::hachure::policy::evaluation::{
    Decision, Effect, LogLevel, Outcome, Reply,
};

pub(crate) fn of(outcome: exchange::Outcome, mut effects: Effects, metrics: &Metrics) -> Decision {
    let outcome = match outcome {
        exchange::Outcome::Continue => Outcome::Continue,
        // A policy that would wait for ever: it is not let through.
        exchange::Outcome::Wait | exchange::Outcome::WaitUntil(_) => Outcome::Reply(told_reply(
            &exchange::Reply::new(500, "hachure.waits_for_ever"),
        )),
        exchange::Outcome::Reply(reply) => {
            effects.drop_header_changes();
            Outcome::Reply(told_reply(&reply))
        }
    };
    let effects = effects
        .iter()
        .map(|effect| told_effect(effect, metrics))
        .collect();
    Decision { outcome, effects }
}

fn told_reply(reply: &exchange::Reply) -> Reply {
    let headers = reply.headers();
    Reply {
        status: reply.status(),
        headers: headers
            .map(|(name, value)| (name.to_owned(), value.to_vec()))
            .collect(),
        body: reply.body_bytes().to_vec(),
        details: reply.details().to_owned(),
        grpc_status: reply.grpc(),
    }
}

fn told_effect(effect: exchange::Effect<'_>, metrics: &Metrics) -> Effect {
    match effect {
        exchange::Effect::Header { op, name, value } => header(op, name, value),
        exchange::Effect::State { key, value } => {
            Effect::SetState((key.to_owned(), value.to_vec()))
        }
        exchange::Effect::Count { counter, by } => {
            let name = metrics.names().get(counter.index());
            Effect::Count((name.cloned().unwrap_or_default(), by))
        }
        exchange::Effect::Log { level, text } => Effect::Log((log_level(level), text.to_owned())),
    }
}

fn header(op: HeaderOp, name: &str, value: &[u8]) -> Effect {
    let name = name.to_owned();
    match op {
        HeaderOp::Set => Effect::SetHeader((name, value.to_vec())),
        HeaderOp::Add => Effect::AddHeader((name, value.to_vec())),
        HeaderOp::Remove => Effect::RemoveHeader(name),
    }
}

fn log_level(level: exchange::LogLevel) -> LogLevel {
    match level {
        exchange::LogLevel::Debug => LogLevel::Debug,
        exchange::LogLevel::Info => LogLevel::Info,
        exchange::LogLevel::Warn => LogLevel::Warn,
    }
}
