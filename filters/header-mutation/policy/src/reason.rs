//! Refusals and counters.

use hachure_config::{ConfigErrors, Mode};
use hachure_exchange::{Counter, Exchange, Metrics, Outcome, Policy, Reason, Refusal};

use crate::HeaderMutation;
use crate::unfit::Unfit;

/// A value that a rule must have is not there.
const MISSING_VALUE: Reason = Reason {
    code: "missing_value",
    status: 400,
    title: "The request lacks a value that it must have",
};

/// A value that a rule must write cannot stand where it belongs.
const INVALID_VALUE: Reason = Reason {
    code: "invalid_value",
    status: 400,
    title: "The request has a value that cannot be used",
};

pub(crate) const ALL: [Reason; 2] = [MISSING_VALUE, INVALID_VALUE];

/// What the filter counts.
pub(crate) struct Counters {
    missing: Outcomes,
    invalid: Outcomes,
    too_large: Outcomes,
}

/// The same cause, where the rule was skipped and where the request was refused.
#[derive(Clone, Copy)]
struct Outcomes {
    skipped: Counter,
    refused: Counter,
}

impl Counters {
    pub(crate) fn define(metrics: &mut Metrics) -> Result<Self, ConfigErrors> {
        let mut outcomes = |cause, reason: &Reason| -> Result<Outcomes, ConfigErrors> {
            Ok(Outcomes {
                skipped: metrics.counter("skipped", &[("cause", cause)])?,
                refused: metrics.counter("refused", &[("reason", reason.code)])?,
            })
        };
        Ok(Self {
            missing: outcomes("missing", &MISSING_VALUE)?,
            invalid: outcomes("invalid", &INVALID_VALUE)?,
            too_large: outcomes("too_large", &INVALID_VALUE)?,
        })
    }

    /// Counts a rule that did nothing.
    pub(crate) fn skipped(&self, unfit: &Unfit, x: &mut Exchange<'_>) {
        x.count(self.of(unfit).skipped);
    }

    /// Refuses the request.
    pub(crate) fn refuse(&self, unfit: Unfit, mode: Mode, x: &mut Exchange<'_>) -> Outcome {
        let counter = self.of(&unfit).refused;
        let refusal = match unfit {
            Unfit::Missing(what) => {
                Refusal::new(&MISSING_VALUE).detail(format!("It lacks {what}."))
            }
            Unfit::Invalid => Refusal::new(&INVALID_VALUE)
                .detail("It holds a character that a header cannot carry."),
            Unfit::TooLarge => Refusal::new(&INVALID_VALUE).detail("It is too large."),
        };
        refusal.apply(HeaderMutation::NAME, mode, counter, x)
    }

    fn of(&self, unfit: &Unfit) -> Outcomes {
        match unfit {
            Unfit::Missing(_) => self.missing,
            Unfit::Invalid => self.invalid,
            Unfit::TooLarge => self.too_large,
        }
    }
}
