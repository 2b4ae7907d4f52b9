//! Where a case can run, decided from what it holds.

use crate::case::Case;

/// The places where cases run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Runner {
    /// The policy crate, natively or in Node: both run the same code.
    Native,
    /// The module over `host-double`.
    HostDouble,
    /// The module in real Envoy.
    Envoy,
}

/// Why `case` cannot run there; none where it can.
pub fn cannot_run(case: &Case, runner: Runner) -> Option<&'static str> {
    if runner != Runner::Envoy {
        return None;
    }
    if case.steps.iter().any(|step| !step.state.is_empty()) {
        return Some("it presets filter state, which needs another filter in front");
    }
    None
}
