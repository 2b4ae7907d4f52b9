//! One phase as a caller of the component sees it. Bytes are written as text, one character for
//! each byte (Latin-1), so that JSON holds them and a person can read them.

use hachure_config::ConfigError;
use hachure_exchange::{Effect, HeaderMap, HeaderOp, LogLevel, Metrics, Outcome, Phase, Reply};
use serde::Serialize;
use serde_json::json;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Call {
    pub(crate) phase: &'static str,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) end_of_stream: bool,
    pub(crate) facts: Facts,
    pub(crate) decision: Decision,
}

/// The facts that the policy asked for; the others cannot have decided anything.
#[derive(Serialize, Default)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Facts {
    /// Nanoseconds, as text: JSON's numbers are too short for them in JavaScript.
    pub(crate) now: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) source_address: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) response_code_details: Option<String>,
    pub(crate) filter_state: Vec<(String, String)>,
}

#[derive(Serialize)]
pub(crate) struct Decision {
    pub(crate) outcome: Told<ToldReply>,
    pub(crate) effects: Vec<Told<serde_json::Value>>,
}

/// A variant in the form that JavaScript has for it.
#[derive(Serialize)]
pub(crate) struct Told<T> {
    tag: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    val: Option<T>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ToldReply {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
    details: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    grpc_status: Option<u8>,
}

#[derive(Serialize)]
pub(crate) struct WrongConfig {
    path: String,
    expected: String,
    found: String,
}

impl From<&ConfigError> for WrongConfig {
    fn from(error: &ConfigError) -> Self {
        Self {
            path: error.path.clone(),
            expected: error.expected.clone(),
            found: error.found.clone(),
        }
    }
}

/// The function of the interface that stands for a phase.
pub(crate) fn phase(phase: Phase) -> &'static str {
    match phase {
        Phase::RequestHeaders => "requestHeaders",
        Phase::RequestBody => "requestBody",
        Phase::ResponseHeaders => "responseHeaders",
        Phase::ResponseBody => "responseBody",
    }
}

pub(crate) fn headers(headers: &HeaderMap) -> Vec<(String, String)> {
    headers
        .iter()
        .map(|(name, value)| (latin1(name), latin1(value)))
        .collect()
}

pub(crate) fn outcome(outcome: &Outcome) -> Told<ToldReply> {
    match outcome {
        // Alone, a policy does not wait.
        Outcome::Continue | Outcome::Wait | Outcome::WaitUntil(_) => Told {
            tag: "continue",
            val: None,
        },
        Outcome::Reply(reply) => Told {
            tag: "reply",
            val: Some(told_reply(reply)),
        },
    }
}

fn told_reply(reply: &Reply) -> ToldReply {
    let headers = reply.headers();
    ToldReply {
        status: reply.status(),
        headers: headers
            .map(|(name, value)| (name.to_owned(), latin1(value)))
            .collect(),
        body: latin1(reply.body_bytes()),
        details: reply.details().to_owned(),
        grpc_status: reply.grpc(),
    }
}

pub(crate) fn effect(effect: &Effect<'_>, metrics: &Metrics) -> Told<serde_json::Value> {
    let (tag, val) = match *effect {
        Effect::Header {
            op: HeaderOp::Set,
            name,
            value,
        } => ("set-header", json!([name, latin1(value)])),
        Effect::Header {
            op: HeaderOp::Add,
            name,
            value,
        } => ("add-header", json!([name, latin1(value)])),
        Effect::Header {
            op: HeaderOp::Remove,
            name,
            ..
        } => ("remove-header", json!(name)),
        Effect::State { key, value } => ("set-state", json!([key, latin1(value)])),
        Effect::Count { counter, by } => {
            ("count", json!([metrics.names().get(counter.index()), by]))
        }
        Effect::Log { level, text } => ("log", json!([log_level(level), text])),
    };
    Told {
        tag,
        val: Some(val),
    }
}

fn log_level(level: LogLevel) -> &'static str {
    match level {
        LogLevel::Debug => "debug",
        LogLevel::Info => "info",
        LogLevel::Warn => "warn",
    }
}

pub(crate) fn latin1(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}
