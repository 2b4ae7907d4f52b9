//! A case file.

use std::collections::BTreeMap;

use hachure_config::{ConfigErrors, Duration, Path, UnixTime, from_value};
use serde::Deserialize;
use serde_json::Value;

use crate::expect::Expect;
use crate::message::{Message, Text};
use crate::upstream::UpstreamAnswer;

/// One case: a config, and either what is wrong with it or the steps to run under it.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Case {
    /// What holds, as a sentence.
    pub title: String,
    /// The filter's config.
    pub config: Value,
    /// The one line that a config is refused with; then there are no steps.
    pub config_error: Option<String>,
    /// The clock, as RFC 3339; a case without it does not depend on the time.
    pub now: Option<UnixTime>,
    /// What workers share when the filter starts.
    #[serde(default)]
    pub shared: Vec<Cell>,
    /// What the filter's own upstreams answer, by their logical names. One that is not named does
    /// not exist.
    #[serde(default)]
    pub upstreams: BTreeMap<String, UpstreamAnswer>,
    /// Dynamic metadata that earlier filters have set on every request: a struct for each namespace.
    #[serde(default)]
    pub metadata: BTreeMap<String, Value>,
    /// It depends on what one worker remembers from step to step, so it runs where there is one.
    #[serde(default)]
    pub one_worker: bool,
    /// Requests, one after the other, through the same configured filter.
    #[serde(default)]
    pub steps: Vec<Step>,
}

/// A value that workers share.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Cell {
    /// Its key.
    pub key: Text,
    /// The value.
    pub value: Text,
}

/// One request and what becomes of it.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Step {
    /// The time since the step before, or since the start.
    pub after: Option<Duration>,
    /// Upstreams of the filter's own that answer otherwise from here on.
    #[serde(default)]
    pub upstreams: BTreeMap<String, UpstreamAnswer>,
    /// What the client sends.
    pub request: Message,
    /// The client's address as Envoy sees it, `192.0.2.7:4711`.
    pub source: Option<String>,
    /// What the upstream answers; 200 without a body when absent.
    pub upstream: Option<Message>,
    /// Instead of the upstream, something in Envoy answers.
    pub local: Option<LocalReply>,
    /// Filter state that an earlier filter has set.
    #[serde(default)]
    pub state: BTreeMap<String, String>,
    /// What must come of it. Empty: the exchange passes unchanged.
    #[serde(default)]
    pub expect: Expect,
}

/// A reply that something in Envoy other than this filter gives.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LocalReply {
    /// Its status.
    pub status: u16,
}

/// Why a case file is none.
#[derive(Debug, thiserror::Error)]
pub enum CaseError {
    /// It is no YAML.
    #[error("{0}")]
    Yaml(#[from] hachure_yaml::Error),
    /// It does not have a case's fields, or contradicts itself.
    #[error("{0}")]
    Shape(#[from] ConfigErrors),
}

impl Case {
    /// Reads a case file's text.
    pub fn parse(text: &str) -> Result<Self, CaseError> {
        let document = hachure_yaml::parse(text)?;
        let case: Case = from_value(document.value)?;
        case.consistent()?;
        Ok(case)
    }

    /// Whether the case runs where headers can wait for their body (Envoy's
    /// `allow_on_headers_stop_iteration`), as a config says that depends on it.
    pub fn holds_headers(&self) -> bool {
        self.config.get("headersHeld") == Some(&Value::Bool(true))
    }

    /// Whether it says what upstreams of the filter's own answer.
    pub fn asks_upstreams(&self) -> bool {
        !self.upstreams.is_empty() || self.steps.iter().any(|step| !step.upstreams.is_empty())
    }

    /// A case that asserts nothing, or two things that exclude each other, is a mistake.
    fn consistent(&self) -> Result<(), ConfigErrors> {
        let steps = Path::ROOT.key("steps");
        if self.config_error.is_some() != self.steps.is_empty() {
            return Err(ConfigErrors::new(&steps, "either configError or steps", ""));
        }
        for (i, step) in self.steps.iter().enumerate() {
            let here = steps.index(i);
            if step.upstream.is_some() && step.local.is_some() {
                return Err(ConfigErrors::new(&here, "either upstream or local", "both"));
            }
            if step.expect.reply.is_some() && step.expect.response.is_some() {
                let why = "either reply or response";
                return Err(ConfigErrors::new(&here.key("expect"), why, "both"));
            }
        }
        Ok(())
    }
}
