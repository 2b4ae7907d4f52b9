//! Cross-origin resource sharing: which web pages may call these routes from a browser.
//!
//! What it decides, in this order:
//!
//! 1. A request without `Origin` is nobody's to judge: it goes on.
//! 2. An `Origin` that is not one readable origin is invalid; one that `origins` does not hold is
//!    not listed. Both are «disallowed».
//! 3. `OPTIONS` with `Origin` and `Access-Control-Request-Method` is a preflight. It is allowed
//!    where its origin, its method and each of its headers are, and answered 204 here; a
//!    disallowed one is treated as `onDisallowed` says. The upstream sees neither.
//! 4. Every other request goes on, from whatever origin: browsers have sent it already, and what
//!    CORS guards is the answer.
//! 5. An answer, the upstream's or a local reply, loses the CORS headers that it has, gets those
//!    of an allowed origin, and names in `Vary` what it depends on.
//!
//! CORS stops browsers from handing answers to pages. It is no access control: a client that is
//! not a browser sends any `Origin` that it likes.
//!
//! ```
//! use hachure_cors_policy::{OriginPattern, Origins, Standing};
//!
//! let origins = Origins::new(&[OriginPattern::parse("https://*.example.com").unwrap()]);
//! assert_eq!(origins.standing(b"https://app.example.com"), Standing::Allowed);
//! assert_eq!(origins.standing(b"https://app.example.com.evil.test"), Standing::NotListed);
//! ```

mod answer;
mod config;
mod counters;
mod expose;
mod headers;
mod ipv6;
mod methods;
mod names;
mod origin;
mod origins;
mod pattern;
mod preflight;
mod reasons;
#[cfg(feature = "schema")]
mod schema;
mod sorted;
pub mod vary;

use hachure_config::{ConfigErrors, Mode};
use hachure_exchange::{Exchange, Outcome, Phase, Policy, Reason, Setup, Touched};

use answer::{Answers, Caller};
use counters::Counters;
use preflight::Preflights;
use reasons::Disallowed;

pub use config::{Config, OnDisallowed};
pub use origin::Origin;
pub use origins::{Origins, Standing};
pub use pattern::{Hosts, OriginPattern};

/// A compiled CORS policy.
#[derive(Debug)]
pub struct Cors {
    origins: Origins,
    preflights: Preflights,
    answers: Answers,
    counters: Counters,
    mode: Mode,
}

/// What the request phase found out.
#[derive(Debug, Default)]
pub struct Stream {
    caller: Caller,
    /// Whether it is a preflight that went on, disallowed.
    preflight: bool,
}

impl Policy for Cors {
    const NAME: &'static str = "cors";
    const REASONS: &'static [Reason] = reasons::ALL;
    const PHASES: &'static [Phase] = &[Phase::RequestHeaders, Phase::ResponseHeaders];
    type Config = Config;
    type Stream = Stream;

    fn compile(config: Config, setup: Setup<'_>) -> Result<Self, ConfigErrors> {
        let origins = Origins::new(&config.read()?);
        Ok(Self {
            preflights: Preflights::new(&config, origins.any()),
            answers: Answers::new(&config, origins.any()),
            counters: Counters::new(setup.metrics)?,
            mode: config.mode,
            origins,
        })
    }

    fn touches(&self) -> Touched {
        Touched::nothing()
    }

    fn request_headers(&self, stream: &mut Stream, x: &mut Exchange<'_>) -> Outcome {
        // Repeated fields come joined, and what is joined is no origin: nothing hides behind the
        // first one.
        let Some(origin) = x.unique("origin") else {
            return Outcome::Continue;
        };
        let standing = self.origins.standing(&origin);
        if x.has(preflight::ASKED_METHOD) && x.unique(":method").as_deref() == Some(b"OPTIONS") {
            return self.preflight(standing, &origin, stream, x);
        }
        x.count(self.counters.request(standing));
        stream.caller = match standing {
            Standing::Allowed => Caller::Allowed(origin),
            Standing::NotListed | Standing::Invalid => Caller::Disallowed,
        };
        Outcome::Continue
    }

    fn response_headers(&self, stream: &mut Stream, x: &mut Exchange<'_>) -> Outcome {
        let vary = if stream.preflight {
            self.preflights.vary()
        } else {
            self.answers.vary()
        };
        self.answers
            .complete(&stream.caller, stream.preflight, vary, x);
        Outcome::Continue
    }
}

impl Cors {
    fn preflight(
        &self,
        standing: Standing,
        origin: &[u8],
        stream: &mut Stream,
        x: &mut Exchange<'_>,
    ) -> Outcome {
        let outcome = match self.preflights.judge(standing, x) {
            Ok(asked) => {
                x.count(self.counters.preflight());
                let origin = if self.origins.any() { b"*" } else { origin };
                Outcome::Reply(self.preflights.allow(origin, &asked))
            }
            Err(disallowed) => self.refuse(&disallowed, x),
        };
        stream.preflight = true;
        stream.caller = match outcome {
            Outcome::Reply(_) => Caller::Answered,
            _ => Caller::Disallowed,
        };
        outcome
    }

    fn refuse(&self, disallowed: &Disallowed, x: &mut Exchange<'_>) -> Outcome {
        let counter = self.counters.refused(disallowed);
        let refusal = disallowed.refusal();
        let on_disallowed = self.preflights.on_disallowed;
        if on_disallowed == OnDisallowed::Deny {
            let refusal = refusal.header("vary", self.preflights.vary_line());
            return refusal.apply(Self::NAME, self.mode, counter, x);
        }
        // The reason and the count are those of every refusal; the answer is not.
        let passed = refusal.apply(Self::NAME, Mode::Shadow, counter, x);
        match (self.mode, on_disallowed) {
            (Mode::Enforce, OnDisallowed::NoHeaders) => {
                Outcome::Reply(self.preflights.no_headers(disallowed))
            }
            _ => passed,
        }
    }
}
