//! What is counted.

use hachure_config::ConfigErrors;
use hachure_exchange::{Counter, Metrics, Reason};

use crate::reasons;

/// The counters that belong to no provider.
#[derive(Debug)]
pub(crate) struct Counters {
    /// Requests that passed without a token: an optional requirement, or a preflight.
    pub(crate) anonymous: Counter,
    refused: Vec<Counter>,
}

impl Counters {
    pub(crate) fn new(metrics: &mut Metrics) -> Result<Self, ConfigErrors> {
        let refused = reasons::ALL.iter();
        Ok(Self {
            anonymous: metrics.counter("anonymous", &[])?,
            refused: refused
                .map(|reason| metrics.counter("refused", &[("reason", reason.code)]))
                .collect::<Result<_, _>>()?,
        })
    }

    /// The counter of a reason; all of them were named at the start.
    pub(crate) fn refused(&self, reason: &Reason) -> Counter {
        let place = reasons::progress(reason);
        self.refused.get(place).copied().unwrap_or(self.anonymous)
    }
}
