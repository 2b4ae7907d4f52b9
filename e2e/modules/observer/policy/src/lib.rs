//! A policy that observes both bodies and tells how long they were. It is no filter of the
//! catalogue: the tests of the host run it in real Envoy.

use hachure_config::ConfigErrors;
use hachure_exchange::{Body, Counter, Exchange, Outcome, Phase, Policy, Reason, Setup};
use serde::Deserialize;

/// The policy.
pub struct Observer {
    limit: usize,
    bytes: Counter,
    too_large: Counter,
}

/// Up to how many bytes it reads.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    limit: u32,
}

impl Policy for Observer {
    const NAME: &'static str = "observer";
    const REASONS: &'static [Reason] = &[];
    const PHASES: &'static [Phase] = &[
        Phase::RequestHeaders,
        Phase::RequestBody,
        Phase::ResponseHeaders,
        Phase::ResponseBody,
    ];
    type Config = Config;
    /// What was seen of the request's body.
    type Stream = Option<String>;

    fn compile(config: Config, setup: Setup<'_>) -> Result<Self, ConfigErrors> {
        Ok(Self {
            limit: usize::try_from(config.limit).unwrap_or(usize::MAX),
            bytes: setup.metrics.counter("bytes", &[])?,
            too_large: setup.metrics.counter("too_large", &[])?,
        })
    }

    fn request_headers(&self, _: &mut Self::Stream, x: &mut Exchange<'_>) -> Outcome {
        x.observe_body(self.limit);
        Outcome::Continue
    }

    fn request_body(
        &self,
        seen: &mut Self::Stream,
        body: Body<'_>,
        _: &mut Exchange<'_>,
    ) -> Outcome {
        *seen = Some(match body {
            Body::Whole(bytes) => bytes.len().to_string(),
            Body::TooLarge | Body::NoRoom => "too large".to_owned(),
        });
        Outcome::Continue
    }

    fn response_headers(&self, seen: &mut Self::Stream, x: &mut Exchange<'_>) -> Outcome {
        x.observe_body(self.limit);
        if let Some(seen) = seen.take() {
            let _ = x.set("x-observed", seen);
        }
        Outcome::Continue
    }

    fn response_body(&self, _: &mut Self::Stream, body: Body<'_>, x: &mut Exchange<'_>) -> Outcome {
        match body {
            Body::Whole(bytes) => bytes.iter().for_each(|_| x.count(self.bytes)),
            Body::TooLarge | Body::NoRoom => x.count(self.too_large),
        }
        Outcome::Continue
    }
}
