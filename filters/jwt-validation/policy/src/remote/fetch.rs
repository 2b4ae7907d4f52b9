//! Fetching, and what comes of it.

use std::time::Duration;

use hachure_config::{ConfigErrors, scalar_at};
use hachure_exchange::{Answer, Background, Call, Counter, LogLevel, Metrics};
use hachure_jose::{KeySet, MAX_SET_SIZE};

use super::record::{self, Record};
use super::{Place, Remote, Url, milliseconds};

/// The two things that are fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    Configuration,
    Set,
}

/// What fetches came to.
#[derive(Debug)]
pub(crate) struct Counters {
    fresh: Counter,
    same: Counter,
    failed: Counter,
    unusable: Counter,
    skipped: Counter,
}

impl Counters {
    pub(crate) fn new(provider: &str, metrics: &mut Metrics) -> Result<Self, ConfigErrors> {
        let mut fetched = |outcome| {
            let labels = [("provider", provider), ("outcome", outcome)];
            metrics.counter("keys_fetched", &labels)
        };
        Ok(Self {
            fresh: fetched("new")?,
            same: fetched("same")?,
            failed: fetched("failed")?,
            unusable: fetched("unusable")?,
            skipped: metrics.counter("keys_skipped", &[("provider", provider)])?,
        })
    }
}

impl Remote {
    /// A moment has passed: takes over what is new, and fetches if it is time and nobody else does.
    /// `tag` is for this provider's calls: even for the set, and the next one for the
    /// configuration.
    pub(crate) fn tick(&self, tag: u16, x: &mut Background<'_>) {
        self.sync(x);
        let now = milliseconds(x.now());
        if self.local.record.get().leased(now, self.pace).is_none() {
            return;
        }
        let mut won = false;
        let taken = x.update(&self.cells.record, |old| {
            let leased = Record::read(old).leased(now, self.pace);
            won = leased.is_some();
            leased.map(Record::written)
        });
        if !won || taken.is_err() {
            return;
        }
        match &self.place {
            Place::Set(url) => self.get(url, Step::Set, tag, x),
            Place::Discovery { url, .. } => self.get(url, Step::Configuration, tag, x),
        }
    }

    /// An answer to one of this provider's calls.
    pub(crate) fn answered(&self, tag: u16, step: Step, answer: Answer, x: &mut Background<'_>) {
        let Answer::Http {
            status: 200, body, ..
        } = answer
        else {
            return self.fail(self.counters.failed, "no answer with status 200", x);
        };
        if body.len() > MAX_SET_SIZE {
            return self.fail(self.counters.unusable, "an answer of more than 64 KiB", x);
        }
        match step {
            Step::Configuration => match self.set_url(&body) {
                Some(url) => self.get(&url, Step::Set, tag, x),
                None => self.fail(self.counters.unusable, "no configuration of this issuer", x),
            },
            Step::Set => self.take(&body, x),
        }
    }

    /// `jwks_uri` of an OpenID configuration, whose `issuer` must be the one that was asked for
    /// (OpenID Connect Discovery 1.0, 4.3).
    fn set_url(&self, configuration: &[u8]) -> Option<Url> {
        let Place::Discovery { url, issuer } = &self.place else {
            return None;
        };
        if scalar_at(configuration, ["issuer"])? != *issuer {
            return None;
        }
        let found = Url::parse(&scalar_at(configuration, ["jwks_uri"])?)?;
        url.may_lead_to(&found).then_some(found)
    }

    fn get(&self, url: &Url, step: Step, tag: u16, x: &mut Background<'_>) {
        let headers = [
            (":method", "GET"),
            (":path", url.target.as_str()),
            (":authority", url.authority.as_str()),
            ("accept", "application/json"),
            ("user-agent", "hachure"),
        ];
        let call = Call::Http {
            upstream: &self.upstream,
            headers: &headers,
            body: b"",
            timeout: Duration::from_millis(self.pace.timeout),
        };
        let tag = match step {
            Step::Set => tag,
            Step::Configuration => tag.saturating_add(1),
        };
        x.call(tag, &call);
    }

    /// Shares a set, if any key of it can be used.
    fn take(&self, text: &[u8], x: &mut Background<'_>) {
        let Ok((keys, skipped)) = KeySet::parse(text) else {
            return self.fail(self.counters.unusable, "an answer that is no key set", x);
        };
        for _ in &skipped {
            x.count(self.counters.skipped);
        }
        let mut fits = keys.keys().iter().flat_map(|key| key.algs().iter());
        if !fits.any(|alg| self.algorithms.contains(alg)) {
            return self.fail(self.counters.unusable, "a key set without a usable key", x);
        }
        let (mut generation, mut is_new) = (0, false);
        let shared = x.update(&self.cells.set, |old| {
            let old = old.and_then(record::split);
            is_new = old.is_none_or(|(_, known)| known != text);
            let known = old.map_or(0, |(generation, _)| generation);
            generation = known.saturating_add(u64::from(is_new));
            is_new.then(|| record::join(generation, text))
        });
        if shared.is_err() {
            return self.fail(self.counters.failed, "no room to share it", x);
        }
        let (now, random) = (milliseconds(x.now()), x.random());
        // The next tick repeats it where others were faster.
        let _ = x.update(&self.cells.record, |old| {
            let record = Record::read(old).succeeded(generation, now, self.pace, random);
            Some(record.written())
        });
        x.count(match is_new {
            true => self.counters.fresh,
            false => self.counters.same,
        });
        self.sync(x);
    }

    fn fail(&self, counter: Counter, why: &str, x: &mut Background<'_>) {
        x.count(counter);
        let place = match &self.place {
            Place::Set(url) | Place::Discovery { url, .. } => &url.authority,
        };
        x.log(LogLevel::Warn, &format!("keys from {place}: {why}"));
        let now = milliseconds(x.now());
        let _ = x.update(&self.cells.record, |old| {
            Some(Record::read(old).failed(now, self.pace).written())
        });
        self.sync(x);
    }
}
