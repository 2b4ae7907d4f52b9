//! A whole case against a policy.

use hachure_config::ConfigErrors;
use hachure_exchange::AnyPolicy;

use crate::case::Case;
use crate::compare::{Strictness, compare};
use crate::native::Host;

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
    let mut host = Host::of(&*policy, case);
    for (i, step) in case.steps.iter().enumerate() {
        let seen = host.step(step);
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

#[cfg(test)]
mod tests {
    use hachure_exchange::{
        Exchange, Outcome, Phase, Policy, Reason, Setup, UnixTime, compile_erased,
    };
    use serde::Deserialize;

    use super::*;

    /// Tells the upstream the time.
    struct Clock;

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Config {}

    impl Policy for Clock {
        const NAME: &'static str = "clock";
        const REASONS: &'static [Reason] = &[];
        const PHASES: &'static [Phase] = &[Phase::RequestHeaders];
        type Config = Config;
        type Stream = ();

        fn compile(_: Config, _: Setup<'_>) -> Result<Self, ConfigErrors> {
            Ok(Self)
        }

        fn request_headers(&self, (): &mut (), x: &mut Exchange<'_>) -> Outcome {
            let now: UnixTime = x.now();
            x.set("x-now", now.rfc3339()).unwrap();
            Outcome::Continue
        }
    }

    fn checked(rest: &str) -> Result<(), String> {
        let text = format!("title: t\n{rest}\n");
        check(
            &Case::parse(&text).unwrap(),
            "clock",
            compile_erased::<Clock>,
        )
    }

    fn one_step(x_now: &str) -> String {
        format!(
            "config: {{}}\nnow: 2026-01-31T00:00:00Z\nsteps:\n  - request: {{headers: {{}}}}\n    \
             expect: {{upstream: {{headers: {{x-now: \"{x_now}\"}}}}}}"
        )
    }

    #[test]
    fn what_a_step_expects_is_compared() {
        assert_eq!(checked(&one_step("2026-01-31T00:00:00Z")), Ok(()));
        let differs = checked(&one_step("2026-01-30T00:00:00Z")).unwrap_err();
        assert!(
            differs.starts_with("steps[0]: upstream.headers.x-now: expected"),
            "{differs}"
        );
    }

    #[test]
    fn a_config_error_is_compared_whole() {
        let refused = compile_erased::<Clock>(br#"{"a":1}"#).err().unwrap();
        let refused = refused.to_string();
        let case = |config: &str, error: &str| format!("config: {config}\nconfigError: {error:?}");
        assert_eq!(checked(&case("{a: 1}", &refused)), Ok(()));
        let other = checked(&case("{a: 1}", "a: another")).unwrap_err();
        assert_eq!(other, format!("the config was refused: {refused}"));
        let none = checked(&case("{}", &refused)).unwrap_err();
        assert_eq!(none, format!("not refused: {refused}"));
    }
}
