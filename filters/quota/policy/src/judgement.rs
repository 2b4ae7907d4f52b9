//! What all limits together say of one request.

use hachure_config::Mode;
use hachure_exchange::{Exchange, Reason};

use crate::algorithm::Standing;
use crate::config::{OnFailure, OnFull};
use crate::counters::Outcome;
use crate::limit::{Limit, Subject, Taken, Verdict};
use crate::reasons;
use crate::service::messages::Descriptor;

/// Where a request stands with one of the limits.
#[derive(Debug)]
pub(crate) struct Told {
    /// The limit's place in the config.
    pub(crate) limit: usize,
    pub(crate) subject: Subject,
    pub(crate) standing: Standing,
    /// Where the service has counted it.
    pub(crate) remote: Option<Descriptor>,
}

/// The verdicts of all limits.
#[derive(Debug, Default)]
pub(crate) struct Judgement {
    pub(crate) told: Vec<Told>,
    /// What was taken here, by the limits' places.
    pub(crate) taken: Vec<(usize, Taken)>,
    /// The places of the limits that are used up and enforced.
    pub(crate) violated: Vec<usize>,
    /// Another reason to refuse, the first one.
    pub(crate) because: Option<&'static Reason>,
    /// The reason for which a limit in shadow mode would have refused.
    pub(crate) shadow: Option<&'static Reason>,
}

impl Judgement {
    /// Whether an enforced limit refuses.
    pub(crate) fn refuses(&self) -> bool {
        !self.violated.is_empty() || self.because.is_some()
    }

    /// Notes and counts what the limit at place `i` says.
    pub(crate) fn note(
        &mut self,
        i: usize,
        limit: &Limit,
        verdict: Verdict,
        remote: Option<Descriptor>,
        x: &mut Exchange<'_>,
    ) {
        let told = |subject, standing| Told {
            limit: i,
            subject,
            standing,
            remote,
        };
        let count = |outcome, x: &mut Exchange<'_>| x.count(limit.counters.of(outcome));
        let reason = match verdict {
            Verdict::Skipped => return count(Outcome::Skipped, x),
            Verdict::Allowed(subject, standing, taken) => {
                self.told.push(told(subject, standing));
                self.taken.extend(taken.map(|taken| (i, taken)));
                return count(Outcome::Allowed, x);
            }
            Verdict::Exceeded(subject, standing) => {
                self.told.push(told(subject, standing));
                count(Outcome::Exceeded, x);
                if limit.mode == Mode::Enforce {
                    return self.violated.push(i);
                }
                &reasons::EXCEEDED
            }
            Verdict::Full => {
                count(Outcome::Full, x);
                if limit.on_full == OnFull::Allow {
                    return;
                }
                &reasons::COUNTER_UNAVAILABLE
            }
            Verdict::Failed => {
                count(Outcome::Failed, x);
                if limit.on_failure == OnFailure::Allow {
                    return;
                }
                &reasons::SERVICE_UNAVAILABLE
            }
            Verdict::Because(reason) => reason,
        };
        let place = match limit.mode {
            Mode::Enforce => &mut self.because,
            Mode::Shadow => &mut self.shadow,
        };
        place.get_or_insert(reason);
    }
}
