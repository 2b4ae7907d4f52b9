//! A policy with a panic in it, to see that the test can fail.

use hachure_config::ConfigErrors;
use hachure_exchange::{Exchange, Outcome, Phase, Policy, Reason, Setup};
use serde_json::{Map, Value};

pub(crate) fn start() {
    hachure_host::start::<Planted>();
}

struct Planted;

impl Policy for Planted {
    const NAME: &'static str = "planted";
    const REASONS: &'static [Reason] = &[];
    const PHASES: &'static [Phase] = &[Phase::RequestHeaders];
    type Config = Map<String, Value>;
    type Stream = ();

    fn compile(_: Self::Config, _: Setup<'_>) -> Result<Self, ConfigErrors> {
        Ok(Self)
    }

    fn request_headers(&self, (): &mut (), x: &mut Exchange<'_>) -> Outcome {
        let twice = x.headers().values("origin").count() == 2;
        assert!(!twice, "planted on purpose");
        Outcome::Continue
    }
}
