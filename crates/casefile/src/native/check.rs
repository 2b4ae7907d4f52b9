//! A whole case against a policy.

use hachure_config::ConfigErrors;
use hachure_exchange::AnyPolicy;

use crate::case::Case;
use crate::compare::{Strictness, compare};
use crate::native::run;

/// Runs `case` for the filter with that catalogue name, whose configs `compile` compiles.
///
/// An error says, one line each, what differs from what the case expects.
pub fn check(
    case: &Case,
    filter: &str,
    compile: impl FnOnce(&[u8]) -> Result<Box<dyn AnyPolicy>, ConfigErrors>,
) -> Result<(), String> {
    let compiled = compile(case.config.to_string().as_bytes());
    let policy = match (compiled, &case.config_error) {
        (Ok(policy), None) => policy,
        (Err(errors), Some(expected)) if errors.to_string() == *expected => return Ok(()),
        (Err(errors), _) => return Err(format!("the config was refused: {errors}")),
        (Ok(_), Some(expected)) => return Err(format!("not refused: {expected}")),
    };
    let mut mismatches = vec![];
    for (i, step) in case.steps.iter().enumerate() {
        let seen = run(&*policy, step, case.now.unwrap_or_default());
        let differing = compare(filter, &step.expect, &seen, Strictness::Exact);
        mismatches.extend(
            differing
                .iter()
                .map(|mismatch| format!("steps[{i}]: {mismatch}")),
        );
    }
    if mismatches.is_empty() {
        Ok(())
    } else {
        Err(mismatches.join("\n"))
    }
}
