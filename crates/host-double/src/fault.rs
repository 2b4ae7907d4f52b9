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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::function;

    fn struck(function: &Function, per_thousand: u32) -> Vec<u32> {
        let mut faults = Faults::new(1, per_thousand);
        let strikes = (0..1000).filter_map(|_| faults.strike(function));
        let mut statuses: Vec<u32> = strikes.map(|status| status as u32).collect();
        statuses.sort_unstable();
        statuses.dedup();
        statuses
    }

    #[test]
    fn every_documented_status_is_answered_at_some_time() {
        // Empty, not found, a bad pointer, or a capability that is withheld.
        assert_eq!(struck(&function::DEQUEUE, 200), [1, 6, 7, 10]);
        assert_eq!(struck(&function::SET_TICK, 200), [10]);
    }

    #[test]
    fn a_rate_of_nothing_strikes_nothing_and_the_sdks_own_call_is_spared() {
        assert!(struck(&function::DEQUEUE, 0).is_empty());
        assert!(struck(&function::SET_EFFECTIVE_CONTEXT, 1000).is_empty());
    }
}
