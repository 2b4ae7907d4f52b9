//! What is counted.

use hachure_config::ConfigErrors;
use hachure_exchange::{Counter, Metrics, Reason};

use crate::reasons;

/// The label value of every consumer that the config does not list.
const OTHER: &str = "other";

/// The counters that belong to no version.
#[derive(Debug)]
pub(crate) struct Counters {
    pub(crate) unversioned: Counter,
    refused: Vec<Counter>,
}

impl Counters {
    pub(crate) fn new(metrics: &mut Metrics) -> Result<Self, ConfigErrors> {
        let refused = reasons::ALL.iter();
        Ok(Self {
            unversioned: metrics.counter("unversioned", &[])?,
            refused: refused
                .map(|reason| metrics.counter("refused", &[("reason", reason.code)]))
                .collect::<Result<_, _>>()?,
        })
    }

    /// The counter of a reason; all of them were named at the start.
    pub(crate) fn refused(&self, reason: &Reason) -> Counter {
        let place = reasons::ALL
            .iter()
            .position(|known| known.code == reason.code);
        place
            .and_then(|i| self.refused.get(i))
            .copied()
            .unwrap_or(self.unversioned)
    }
}

/// The requests for a version, by consumer in the order of the config; `other` last.
pub(crate) fn of_requests(
    metrics: &mut Metrics,
    name: &str,
    consumers: &[String],
) -> Result<Vec<Counter>, ConfigErrors> {
    let consumers = consumers.iter().map(String::as_str).chain([OTHER]);
    consumers
        .map(|consumer| metrics.counter("request", &[("version", name), ("consumer", consumer)]))
        .collect()
}
