//! The policy: its phases.

use hachure_config::{ConfigErrors, Mode, UnixTime};
use hachure_exchange::{
    Background, Capabilities, Event, Exchange, Outcome, Phase, Policy, Reason, Setup, Touched,
};

use crate::config::Config;
use crate::counters::Counters;
use crate::extract::Place;
use crate::keys::Keys;
use crate::preflight::is_preflight;
use crate::provider::Provider;
use crate::refuse::Denial;
use crate::remembered::{Good, Remembered};
use crate::remote::Step;
use crate::requirement::{Requirement, Verdict};
use crate::strip::Owned;
use crate::{compile, reasons};

/// What one request carries while it waits for keys.
#[derive(Debug, Default)]
pub struct Stream {
    /// Set by its first wait: neither being asked again nor a clock that is set back makes it
    /// longer.
    until: Option<UnixTime>,
}

/// Providers, and which of their tokens a request needs.
#[derive(Debug)]
pub struct JwtValidation {
    pub(crate) providers: Vec<Provider>,
    /// Providers of whose tokens one is enough and more than one too many, by their places.
    pub(crate) groups: Vec<Vec<usize>>,
    pub(crate) requirement: Requirement,
    /// Whether no token is anywhere but in the `Authorization` header.
    pub(crate) authorization_only: bool,
    pub(crate) owned: Owned,
    pub(crate) remembered: Remembered,
    pub(crate) realm: String,
    pub(crate) resource_metadata: Option<String>,
    pub(crate) skip_preflight: bool,
    pub(crate) mode: Mode,
    pub(crate) counters: Counters,
}

impl Policy for JwtValidation {
    const NAME: &'static str = "jwt-validation";
    const REASONS: &'static [Reason] = reasons::ALL;
    const PHASES: &'static [Phase] = &[Phase::RequestHeaders];
    const CAPABILITIES: Capabilities = Capabilities {
        callouts: true,
        shared_data: true,
        timers: true,
        signatures: true,
    };
    type Config = Config;
    type Stream = Stream;

    fn compile(config: Config, setup: Setup<'_>) -> Result<Self, ConfigErrors> {
        compile::compile(config, setup)
    }

    fn touches(&self) -> Touched {
        let removed = self.providers.iter().filter(|provider| !provider.forward);
        let places = removed.flat_map(|provider| &provider.places);
        // What it sets is among what it strips.
        let owned = Touched::names(self.owned.names());
        Touched::names(places.map(Place::header)).and(owned)
    }

    fn request_headers(&self, stream: &mut Stream, x: &mut Exchange<'_>) -> Outcome {
        self.owned.strip(x);
        self.decide(stream, false, x)
    }

    fn resumed(&self, stream: &mut Stream, expired: bool, x: &mut Exchange<'_>) -> Outcome {
        self.decide(stream, expired, x)
    }

    fn background(&self, event: Event, x: &mut Background<'_>) {
        let fetched = self.providers.iter().map(|provider| &provider.keys);
        let tags = (0_u16..).step_by(2);
        let mut remotes = fetched.zip(tags).filter_map(|(keys, tag)| match keys {
            Keys::Remote(remote) => Some((remote, tag)),
            Keys::Inline(_) => None,
        });
        match event {
            Event::Started | Event::Tick => {
                for (remote, tag) in remotes {
                    remote.tick(tag, x);
                }
            }
            Event::Answered { tag, answer } => {
                let (own, step) = match tag & 1 {
                    0 => (tag, Step::Set),
                    _ => (tag & !1, Step::Configuration),
                };
                if let Some((remote, _)) = remotes.find(|(_, tag)| *tag == own) {
                    remote.answered(own, step, answer, x);
                }
            }
        }
    }
}

impl JwtValidation {
    fn decide(&self, stream: &mut Stream, expired: bool, x: &mut Exchange<'_>) -> Outcome {
        if self.skip_preflight && is_preflight(x) {
            x.count(self.counters.anonymous);
            return Outcome::Continue;
        }
        let now = x.now();
        let tokens = self.tokens(now, x);
        match self.judge(&self.requirement, &tokens, x) {
            Verdict::Good(good) => {
                self.accept(&good, tokens.authorization.as_deref(), x);
                Outcome::Continue
            }
            Verdict::Missing => self.refuse(Denial::new(&reasons::MISSING), x),
            Verdict::Bad(denial) => self.refuse(denial, x),
            // What only watches holds nobody up.
            Verdict::Waits(denial, until) => match (expired, self.mode) {
                (false, Mode::Enforce) => {
                    let until = stream.until.map_or(until, |first| first.min(until));
                    stream.until = Some(until);
                    Outcome::WaitUntil(until)
                }
                _ => self.refuse(denial, x),
            },
        }
    }

    /// The first token says who the consumer is: it is told last.
    fn accept(
        &self,
        good: &[(&Provider, Good)],
        authorization: Option<&[u8]>,
        x: &mut Exchange<'_>,
    ) {
        if good.is_empty() {
            x.count(self.counters.anonymous);
        }
        for (provider, told) in good.iter().rev() {
            x.count(provider.accepted);
            if !provider.forward {
                for place in &provider.places {
                    place.remove(authorization, x);
                }
            }
            told.tell(x);
        }
    }

    pub(crate) fn providers_of(&self, group: usize) -> impl Iterator<Item = (usize, &Provider)> {
        let places = self.groups.get(group).into_iter().flatten();
        places.filter_map(|place| Some((*place, self.providers.get(*place)?)))
    }
}
