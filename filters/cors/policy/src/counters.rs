//! What is counted.

use hachure_config::ConfigErrors;
use hachure_exchange::{Counter, Metrics};

use crate::origins::Standing;
use crate::reasons::Disallowed;

/// One counter an outcome: of preflights, and of all other requests with an `Origin`.
#[derive(Debug)]
pub(crate) struct Counters {
    preflight_allowed: Counter,
    preflight_origin_invalid: Counter,
    preflight_origin_not_allowed: Counter,
    preflight_method_not_allowed: Counter,
    preflight_header_not_allowed: Counter,
    request_allowed: Counter,
    request_origin_invalid: Counter,
    request_origin_not_allowed: Counter,
}

impl Counters {
    pub(crate) fn new(metrics: &mut Metrics) -> Result<Self, ConfigErrors> {
        let mut of = |event, outcome| metrics.counter(event, &[("outcome", outcome)]);
        Ok(Self {
            preflight_allowed: of("preflight", "allowed")?,
            preflight_origin_invalid: of("preflight", "origin_invalid")?,
            preflight_origin_not_allowed: of("preflight", "origin_not_allowed")?,
            preflight_method_not_allowed: of("preflight", "method_not_allowed")?,
            preflight_header_not_allowed: of("preflight", "header_not_allowed")?,
            request_allowed: of("request", "allowed")?,
            request_origin_invalid: of("request", "origin_invalid")?,
            request_origin_not_allowed: of("request", "origin_not_allowed")?,
        })
    }

    /// Preflights that are allowed.
    pub(crate) fn preflight(&self) -> Counter {
        self.preflight_allowed
    }

    /// Preflights that are refused.
    pub(crate) fn refused(&self, disallowed: &Disallowed) -> Counter {
        match disallowed {
            Disallowed::InvalidOrigin => self.preflight_origin_invalid,
            Disallowed::Origin => self.preflight_origin_not_allowed,
            Disallowed::Method(_) => self.preflight_method_not_allowed,
            Disallowed::Header(_) => self.preflight_header_not_allowed,
        }
    }

    /// Requests other than preflights.
    pub(crate) fn request(&self, standing: Standing) -> Counter {
        match standing {
            Standing::Allowed => self.request_allowed,
            Standing::Invalid => self.request_origin_invalid,
            Standing::NotListed => self.request_origin_not_allowed,
        }
    }
}
