//! Catalogue entries: what `filters/*/filter.yaml` says.

mod upstreams;

use hachure_config::{ConfigErrors, from_value};
use serde::{Deserialize, Serialize};

pub use upstreams::{NamedUpstream, UPSTREAMS, named_upstreams, takes_upstreams};

/// One filter of the catalogue.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Entry {
    /// The folder under `filters/`, the `rootID` and the module's file name.
    pub name: String,
    /// A few words.
    pub title: String,
    /// One sentence.
    pub summary: String,
    /// Its version (SemVer).
    pub version: String,
    /// How far it has come.
    pub status: Status,
    /// The callbacks that its module takes.
    pub phases: Vec<PhaseName>,
    /// What it asks of the host beyond headers.
    pub capabilities: Capabilities,
    /// What it has to do with the consumer.
    pub identity: Identity,
    /// Where it stands in a chain.
    pub order: Order,
    /// Where it stands among the filters of a gateway.
    #[serde(default)]
    pub position: Placing,
    /// Every reason for which it refuses.
    pub reasons: Vec<ReasonEntry>,
    /// Every metric.
    pub metrics: Vec<MetricEntry>,
    /// What Envoy has itself for the ordinary part of this.
    pub native_alternative: NativeAlternative,
    /// The largest that the module may be, in units of 1,000 bytes.
    #[serde(rename = "sizeBudgetKB")]
    pub size_budget_kb: u32,
}

/// How far a filter has come, in Envoy's words for its extensions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Status {
    /// Being written.
    Wip,
    /// Works and is tested; its config may change.
    Alpha,
    /// Its config changes only with a warning first.
    Beta,
    /// Held by compatibility tests.
    Stable,
}

/// A callback of a module.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum PhaseName {
    /// The request's headers.
    RequestHeaders,
    /// The request's body.
    RequestBody,
    /// The response's headers.
    ResponseHeaders,
    /// The response's body.
    ResponseBody,
}

/// What a filter asks of the host.
#[derive(Debug, Clone, Copy, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Capabilities {
    /// Calls to upstreams of its own.
    pub callouts: bool,
    /// Reading or replacing bodies.
    pub bodies: bool,
    /// Data shared between workers.
    pub shared_data: bool,
    /// A timer.
    pub timers: bool,
    /// Functions of Envoy's own: signatures by its crypto, filter state that outlives an internal
    /// redirect.
    #[serde(default)]
    pub foreign_functions: bool,
}

/// What a filter has to do with the consumer.
#[derive(Debug, Clone, Copy, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Identity {
    /// It uses the consumer that another filter established.
    pub reads: bool,
    /// It establishes the consumer.
    pub sets: bool,
}

/// Where a filter stands in a chain.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Order {
    /// The filters that must come after it.
    #[serde(default)]
    pub before: Vec<String>,
    /// The filters that must come before it.
    #[serde(default)]
    pub after: Vec<String>,
    /// The reason, for the error message.
    pub why: String,
}

/// Where a filter stands among those of a gateway that has others of its own.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Placing {
    /// Where it stands if nothing else is said.
    #[serde(default)]
    pub default: Position,
    /// Where else it may stand; nothing means everywhere.
    #[serde(default)]
    pub allowed: Vec<Position>,
    /// The reason, for the error message.
    #[serde(default)]
    pub why: String,
}

/// A place among the filters of a gateway.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize,
)]
#[serde(rename_all = "camelCase")]
pub enum Position {
    /// Before everything that answers or changes requests.
    First,
    /// Before what authenticates or asks a rate limit service.
    BeforeAuth,
    /// Just before the router.
    #[default]
    Last,
}

/// One reason of a refusal.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReasonEntry {
    /// The code.
    pub code: String,
    /// The HTTP status.
    pub status: u16,
    /// When it happens.
    pub when: String,
}

/// One metric.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MetricEntry {
    /// `<filter>.<event>`; Envoy shows `wasmcustom.hachure.<name>` and the labels.
    pub name: String,
    /// Its kind.
    pub kind: MetricKind,
    /// Its labels, in the order in which they stand in the name.
    #[serde(default)]
    pub labels: Vec<String>,
    /// What it counts.
    pub counts: String,
}

/// The kind of a metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum MetricKind {
    /// Only goes up.
    Counter,
}

/// What Envoy has itself.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NativeAlternative {
    /// Envoy's name for the filter; none where it has nothing.
    pub filter: Option<String>,
    /// When it is the better choice.
    pub use_when: String,
}

/// Why an entry cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum EntryError {
    /// It is no YAML.
    #[error("{0}")]
    Yaml(#[from] hachure_yaml::Error),
    /// It does not have an entry's fields.
    #[error("{0}")]
    Shape(#[from] ConfigErrors),
}

impl Placing {
    /// Whether it may stand there.
    pub fn allows(&self, position: Position) -> bool {
        position == self.default || self.allowed.is_empty() || self.allowed.contains(&position)
    }
}

impl Position {
    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::BeforeAuth => "beforeAuth",
            Self::Last => "last",
        }
    }
}

impl Entry {
    /// Reads a `filter.yaml`.
    pub fn parse(text: &str) -> Result<Self, EntryError> {
        Ok(from_value(hachure_yaml::parse(text)?.value)?)
    }
}
