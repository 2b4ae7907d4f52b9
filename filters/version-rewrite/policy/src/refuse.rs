//! Refusals, and what they tell the client.

use hachure_config::UnixTime;
use hachure_exchange::{Exchange, Outcome, Policy, Reason, Refusal};

use crate::policy::VersionRewrite;
use crate::reasons;
use crate::source::Problem;
use crate::versions::Version;

impl VersionRewrite {
    pub(crate) fn refuse(&self, problem: Problem, x: &mut Exchange<'_>) -> Outcome {
        match problem {
            Problem::NotCanonical(why) => {
                let refusal = Refusal::new(&reasons::PATH_NOT_CANONICAL);
                let refusal = refusal.detail(format!("The path has {why}."));
                self.answer(refusal, &reasons::PATH_NOT_CANONICAL, x)
            }
            Problem::Because(reason) => {
                let now = self.now_if(self.enforce_sunset, x);
                let refusal = self.with_supported(Refusal::new(reason), "", now);
                self.answer(refusal, reason, x)
            }
        }
    }

    pub(crate) fn gone(&self, version: &Version, now: UnixTime) -> Refusal {
        let past = version.sunset.filter(|date| date.has_passed(now));
        let ended = past.map_or(String::new(), |date| format!(" on {}", date.at.rfc3339()));
        let what = format!("Version {} ended{ended}. ", version.name());
        let refusal = self.with_supported(Refusal::new(&reasons::SUNSET), &what, now);
        version
            .links
            .iter()
            .fold(refusal, |refusal, link| link.add_to(refusal))
    }

    fn with_supported(&self, refusal: Refusal, what: &str, now: UnixTime) -> Refusal {
        let supported = self.versions.supported(self.enforce_sunset, now);
        let detail = format!("{what}Supported versions: {}.", supported.join(", "));
        refusal.detail(detail).member("supported", supported)
    }

    pub(crate) fn answer(
        &self,
        refusal: Refusal,
        reason: &Reason,
        x: &mut Exchange<'_>,
    ) -> Outcome {
        refusal.apply(Self::NAME, self.mode, self.counters.refused(reason), x)
    }
}
