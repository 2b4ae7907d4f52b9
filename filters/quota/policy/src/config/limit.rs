//! `limits[]`.

use hachure_config::{Duration, Mode};
use serde::{Deserialize, Serialize};

use super::{Cost, KeyPart, Plans, Warning};

/// One limit: `rate` or `quota`, and for whom.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Limit {
    /// Its name, in responses, counters and shared state: 1 to 63 lower-case letters, digits and
    /// `-`.
    #[cfg_attr(feature = "schema", schemars(extend("examples" = ["per-client"])))]
    pub name: String,
    /// A token bucket: so many per period, and so many at once.
    pub rate: Option<Rate>,
    /// A calendar window: so many in an hour, a day, a month.
    pub quota: Option<Window>,
    /// What tells requests apart; each combination of values is counted by itself. Empty: all
    /// requests together.
    #[serde(default)]
    pub key: Vec<KeyPart>,
    /// What becomes of a request that lacks a part of the key.
    #[serde(default)]
    pub on_missing_key: OnMissingKey,
    /// How many units a request uses.
    #[serde(default = "one")]
    pub cost: Cost,
    /// Where the plan of a request stands; without `plans` there is none.
    #[serde(default = "label_plan")]
    pub plan_from: PlanSource,
    /// What each plan has instead of the limit above, which is for all others. At most 64.
    #[serde(default)]
    pub plans: Plans,
    /// A response header, and a counter, when little is left.
    pub warn: Option<Warning>,
    /// Whether a request above this limit is refused.
    #[serde(default)]
    pub mode: Mode,
    /// How many keys are counted at once: 16 to 1048576. Each takes 24 bytes of Envoy's memory
    /// while it is in use, for as long as Envoy runs.
    #[serde(default = "slots")]
    #[cfg_attr(feature = "schema", schemars(range(min = 16, max = 1_048_576)))]
    pub slots: u32,
    /// What becomes of a request with a new key while every slot that it could have is in use:
    /// `deny` for a `quota` and `allow` for a `rate` where it is absent.
    pub on_full: Option<OnFull>,
    /// How many units a worker takes at once: 1 to 1000. More than 1 saves crossings and costs
    /// exactness: with `w` workers and `lease: n` up to `w * (n - 1)` units may be refused too early,
    /// and a rate may admit `n` too many in any stretch of time.
    #[serde(default = "one_unit")]
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 1000)))]
    pub lease: u64,
    /// Where units are counted: in each Envoy by itself, or by the rate limit `service` of all.
    #[serde(default)]
    pub store: Store,
    /// What becomes of a request about which the service says nothing: `local` for a `rate` and
    /// `deny` for a `quota` where it is absent.
    pub on_failure: Option<OnFailure>,
    /// A name under which other policies with the same limit, key and slots count together with
    /// this one. Without it a policy's counters are its own.
    #[cfg_attr(feature = "schema", schemars(extend("examples" = ["monthly"])))]
    pub share_as: Option<String>,
    /// Says that it is known what a local quota of a day or more loses: its counters start again
    /// when Envoy does, and every Envoy counts by itself.
    #[serde(default)]
    pub accept_loss: bool,
}

/// A token bucket: any stretch of time `t` admits at most `burst + limit * t / per` units.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Rate {
    /// Units that come back per period, at most a million a second.
    #[cfg_attr(feature = "schema", schemars(range(min = 1)))]
    pub limit: u64,
    /// The period: up to a day.
    #[cfg_attr(feature = "schema", schemars(extend("examples" = ["1s", "1m"])))]
    pub per: Duration,
    /// Units that may be used at once; `limit` where it is absent.
    #[cfg_attr(feature = "schema", schemars(range(min = 1)))]
    pub burst: Option<u64>,
    /// How units come back. A rate limit service knows fixed windows alone: with `store: service`
    /// this says `fixedWindow`, and `per` is `1s`, `1m`, `1h` or `24h`.
    #[serde(default)]
    pub algorithm: RateAlgorithm,
}

/// How the units of a rate come back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum RateAlgorithm {
    /// One after the other (the generic cell rate algorithm).
    #[default]
    Gcra,
    /// All of them when a window ends, so that two windows' units can be used around its edge.
    FixedWindow,
}

/// A calendar window.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Window {
    /// Units in a window.
    #[cfg_attr(feature = "schema", schemars(range(min = 1)))]
    pub limit: u64,
    /// How long a window is.
    pub window: Period,
    /// At which offset from UTC windows begin, as `+02:00`: from `-12:00` to `+14:00`.
    #[serde(default = "utc")]
    #[cfg_attr(
        feature = "schema",
        schemars(regex(pattern = r"^[+-]\d{2}:\d{2}$"), extend("examples" = ["+02:00", "-05:00"]))
    )]
    pub utc_offset: String,
}

/// How long a window is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum Period {
    /// 60 seconds.
    Minute,
    /// 60 minutes.
    Hour,
    /// From midnight to midnight.
    Day,
    /// From Monday.
    Week,
    /// From the first of a month.
    Month,
    /// From the first of January.
    Year,
}

/// Where the plan of a request stands.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum PlanSource {
    /// In a label of the consumer.
    Label(String),
    /// In a claim of the token, by its path as in a key.
    Claim(String),
}

/// What a plan has.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Plan {
    /// Units per period or window.
    #[cfg_attr(feature = "schema", schemars(range(min = 1)))]
    pub limit: u64,
    /// Units of a `rate` that may be used at once; `limit` where it is absent.
    pub burst: Option<u64>,
}

/// What becomes of a request that lacks a part of the key.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum OnMissingKey {
    /// All such requests are counted together, as one key.
    #[default]
    Shared,
    /// This limit does not hold for it.
    Skip,
    /// It is refused (403).
    Deny,
}

/// What becomes of a request for whose key there is no slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum OnFull {
    /// It passes, uncounted.
    Allow,
    /// It is refused (503).
    Deny,
}

/// Where units are counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum Store {
    /// In this Envoy, exactly, by all its workers together.
    #[default]
    Local,
    /// By the rate limit `service`, for all Envoys that ask it.
    Service,
}

/// What becomes of a request about which the service says nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum OnFailure {
    /// It passes, uncounted.
    Allow,
    /// It is refused (503).
    Deny,
    /// This Envoy counts it by itself, up to the same limit.
    Local,
}

fn one() -> Cost {
    Cost::Constant(1)
}

fn one_unit() -> u64 {
    1
}

fn label_plan() -> PlanSource {
    PlanSource::Label("plan".to_owned())
}

fn slots() -> u32 {
    65_536
}

fn utc() -> String {
    "+00:00".to_owned()
}
