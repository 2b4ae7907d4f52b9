//! What is counted.

use hachure_config::ConfigErrors;
use hachure_exchange::{Counter, Metrics, Reason};

use crate::reasons;

/// What a limit said to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The units were there.
    Allowed,
    /// They were not.
    Exceeded,
    /// There was no slot for the key.
    Full,
    /// The limit did not hold for it: its key was incomplete.
    Skipped,
    /// The service said nothing.
    Failed,
}

const OUTCOMES: [(Outcome, &str); 5] = [
    (Outcome::Allowed, "allowed"),
    (Outcome::Exceeded, "exceeded"),
    (Outcome::Full, "full"),
    (Outcome::Skipped, "skipped"),
    (Outcome::Failed, "failed"),
];

/// The counters of one limit.
#[derive(Debug)]
pub(crate) struct OfLimit {
    outcomes: [Counter; 5],
    /// Where the limit warns: requests for which it did.
    pub(crate) warned: Option<Counter>,
}

impl OfLimit {
    pub(crate) fn new(
        name: &str,
        warns: bool,
        metrics: &mut Metrics,
    ) -> Result<Self, ConfigErrors> {
        let mut outcome = |(_, label): (Outcome, &str)| {
            metrics.counter("request", &[("limit", name), ("outcome", label)])
        };
        let [a, b, c, d, e] = OUTCOMES;
        let outcomes = [
            outcome(a)?,
            outcome(b)?,
            outcome(c)?,
            outcome(d)?,
            outcome(e)?,
        ];
        let warned = warns.then(|| metrics.counter("warned", &[("limit", name)]));
        Ok(Self {
            outcomes,
            warned: warned.transpose()?,
        })
    }

    pub(crate) fn of(&self, outcome: Outcome) -> Counter {
        let [allowed, exceeded, full, skipped, failed] = self.outcomes;
        match outcome {
            Outcome::Allowed => allowed,
            Outcome::Exceeded => exceeded,
            Outcome::Full => full,
            Outcome::Skipped => skipped,
            Outcome::Failed => failed,
        }
    }
}

/// The refusals, by reason.
#[derive(Debug)]
pub(crate) struct Refusals {
    exceeded: Counter,
    others: Vec<(&'static str, Counter)>,
}

impl Refusals {
    pub(crate) fn new(metrics: &mut Metrics) -> Result<Self, ConfigErrors> {
        let mut counter = |reason: &Reason| metrics.counter("refused", &[("reason", reason.code)]);
        let exceeded = counter(&reasons::EXCEEDED)?;
        let others = reasons::ALL.iter().skip(1);
        let others = others.map(|reason| Ok((reason.code, counter(reason)?)));
        Ok(Self {
            exceeded,
            others: others.collect::<Result<_, ConfigErrors>>()?,
        })
    }

    /// The counter of a reason.
    pub(crate) fn of(&self, reason: &Reason) -> Counter {
        let other = self.others.iter().find(|(code, _)| *code == reason.code);
        other.map_or(self.exceeded, |(_, counter)| *counter)
    }
}
