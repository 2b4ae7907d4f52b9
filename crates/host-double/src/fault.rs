//! Errors that a host function answers although nothing was wrong with the call.

use crate::function::Function;
use crate::random::Random;
use crate::status::Status;

/// Strikes calls at random.
#[derive(Debug, Clone)]
pub(crate) struct Faults {
    random: Random,
    per_thousand: u32,
}

impl Faults {
    pub(crate) fn new(seed: u64, per_thousand: u32) -> Self {
        Self {
            random: Random::new(seed),
            per_thousand,
        }
    }

    /// The error for this call, or none.
    ///
    /// `proxy_set_effective_context` is spared: only the SDK calls it, with contexts that exist, and
    /// it ends the program on any error. Envoy has none to answer there.
    pub(crate) fn strike(&mut self, function: &Function) -> Option<Status> {
        let spared = function.name == crate::function::SET_EFFECTIVE_CONTEXT.name;
        if spared || !self.random.chance(self.per_thousand) {
            return None;
        }
        Some(function.fault(self.random.below(usize::MAX)))
    }
}
