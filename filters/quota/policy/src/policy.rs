//! The policy: its phases, and what one stream carries.

use hachure_config::{ConfigErrors, Mode, UnixTime};
use hachure_exchange::{
    Answer, Body, Capabilities, Exchange, Outcome, Phase, Policy, Reason, Refusal, Setup, Touched,
};

use crate::config::{Config, Fields, OnFailure};
use crate::cost::{Cost, InBody, body};
use crate::counters::{self, Refusals};
use crate::fields::{self, Shown};
use crate::judgement::{Judgement, Told};
use crate::limit::{Asked, Limit, Verdict};
use crate::secret::Secret;
use crate::service::{self, Service};
use crate::{compile, reasons};

/// The problem type for which draft-ietf-httpapi-ratelimit-headers asks IANA.
const QUOTA_EXCEEDED: &str = "https://iana.org/assignments/http-problem-types#quota-exceeded";

/// Compiled limits.
#[derive(Debug)]
pub struct Quota {
    pub(crate) limits: Vec<Limit>,
    pub(crate) service: Option<Service>,
    pub(crate) headers: Vec<Fields>,
    pub(crate) status: u16,
    pub(crate) secret: Secret,
    pub(crate) refusals: Refusals,
}

/// What one request carries to its response.
#[derive(Debug, Default)]
pub struct Stream {
    judgement: Judgement,
    /// What the service is asked for, by the limits' places.
    asked: Vec<(usize, Asked)>,
    /// Whether it went on: a response of this filter itself costs nothing more.
    passed: bool,
    /// What the body of the response is, where it is read.
    body: Option<body::Form>,
}

impl Policy for Quota {
    const NAME: &'static str = "quota";
    const REASONS: &'static [Reason] = reasons::ALL;
    const PHASES: &'static [Phase] = &[
        Phase::RequestHeaders,
        Phase::ResponseHeaders,
        Phase::ResponseBody,
    ];
    const CAPABILITIES: Capabilities = Capabilities {
        callouts: true,
        shared_data: true,
        ..Capabilities::NONE
    };
    type Config = Config;
    type Stream = Stream;

    fn compile(config: Config, setup: Setup<'_>) -> Result<Self, ConfigErrors> {
        compile::compile(config, setup)
    }

    fn touches(&self) -> Touched {
        let read = |limit: &Limit| limit.cost.in_body().is_some();
        match self.limits.iter().any(read) {
            true => Touched::names(body::UNASKED),
            false => Touched::nothing(),
        }
    }

    fn request_headers(&self, stream: &mut Stream, x: &mut Exchange<'_>) -> Outcome {
        let now = x.now();
        let judgement = &mut stream.judgement;
        for (i, limit) in self.limits.iter().enumerate() {
            if limit.remote.is_none() {
                let verdict = limit.judge(&self.secret, now, judgement.refuses(), x);
                judgement.note(i, limit, verdict, None, x);
            }
        }
        match &self.service {
            // What this Envoy refuses by itself is not the service's to count.
            Some(service) if !stream.judgement.refuses() => self.ask(service, stream, now, x),
            _ => self.conclude(stream, now, x),
        }
    }

    fn answered(
        &self,
        stream: &mut Stream,
        _tag: u16,
        answer: Answer,
        x: &mut Exchange<'_>,
    ) -> Outcome {
        let now = x.now();
        let asked = std::mem::take(&mut stream.asked);
        let statuses = service::statuses(answer, asked.len());
        let mut statuses = statuses.unwrap_or_default().into_iter();
        for (i, asked) in asked {
            let status = statuses.next();
            let Some(limit) = self.limits.get(i) else {
                continue;
            };
            let judgement = &mut stream.judgement;
            let Asked {
                subject,
                cost,
                descriptor,
            } = asked;
            match status {
                Some(status) => {
                    let standing = service::standing(&status, cost == 0);
                    let verdict = match standing.admitted {
                        true => Verdict::Allowed(subject, standing, None),
                        false => Verdict::Exceeded(subject, standing),
                    };
                    judgement.note(i, limit, verdict, descriptor, x);
                }
                None if limit.on_failure == OnFailure::Local => {
                    x.count(limit.counters.of(counters::Outcome::Failed));
                    let verdict = limit.take(subject, cost, now, judgement.refuses(), x);
                    judgement.note(i, limit, verdict, None, x);
                }
                None => judgement.note(i, limit, Verdict::Failed, None, x),
            }
        }
        self.conclude(stream, now, x)
    }

    fn response_headers(&self, stream: &mut Stream, x: &mut Exchange<'_>) -> Outcome {
        if stream.passed {
            let told = &mut stream.judgement.told;
            self.settle(told, x, |cost, x| cost.of_headers(x));
            stream.body = self.read_body(told, x);
        }
        let told = &stream.judgement.told;
        let shown: Vec<_> = told.iter().filter_map(|told| self.shown(told)).collect();
        if !shown.is_empty() {
            for fields in &self.headers {
                fields::write(*fields, &shown, x);
            }
        }
        self.warn(told, x);
        Outcome::Continue
    }

    fn response_body(&self, stream: &mut Stream, body: Body<'_>, x: &mut Exchange<'_>) -> Outcome {
        if let (Some(form), Body::Whole(text)) = (stream.body, body) {
            self.settle(&mut stream.judgement.told, x, |cost, _| {
                cost.in_body().map_or(0, |body| body.more(form, text))
            });
        }
        Outcome::Continue
    }
}

impl Quota {
    /// Asks the service about all limits that it counts, and waits; goes on where there is none
    /// that holds for the request.
    fn ask(
        &self,
        service: &Service,
        stream: &mut Stream,
        now: UnixTime,
        x: &mut Exchange<'_>,
    ) -> Outcome {
        let mut descriptors = vec![];
        for (i, limit) in self.limits.iter().enumerate() {
            if limit.remote.is_none() {
                continue;
            }
            match limit.asks(&self.secret, x) {
                Ok(asked) => {
                    let mut descriptor = asked.descriptor.clone().unwrap_or_default();
                    descriptor.hits_addend = Some(asked.cost);
                    descriptors.push(descriptor);
                    stream.asked.push((i, asked));
                }
                Err(uncounted) => {
                    stream.judgement.note(i, limit, uncounted.into(), None, x);
                }
            }
        }
        if stream.judgement.refuses() || stream.asked.is_empty() {
            return self.conclude(stream, now, x);
        }
        service.ask(descriptors, x);
        Outcome::Wait
    }

    /// Lets the request pass, or gives back what was taken for it and answers.
    fn conclude(&self, stream: &mut Stream, now: UnixTime, x: &mut Exchange<'_>) -> Outcome {
        let judgement = &mut stream.judgement;
        if !judgement.refuses() {
            stream.passed = true;
            if self.costs_in_body(&judgement.told).next().is_some() {
                body::prepare(x);
            }
            return match judgement.shadow {
                Some(reason) => self.answer(Refusal::new(reason), reason, Mode::Shadow, x),
                None => Outcome::Continue,
            };
        }
        for (i, taken) in std::mem::take(&mut judgement.taken) {
            let limit = self.limits.get(i);
            let standing = limit.and_then(|limit| limit.give_back(taken, now, x));
            let told = judgement.told.iter_mut().find(|told| told.limit == i);
            if let (Some(told), Some(standing)) = (told, standing) {
                told.standing = standing;
            }
        }
        match judgement.because {
            Some(reason) => self.answer(Refusal::new(reason), reason, Mode::Enforce, x),
            None => self.exceeded(judgement, x),
        }
    }

    fn exceeded(&self, judgement: &Judgement, x: &mut Exchange<'_>) -> Outcome {
        let Judgement { violated, told, .. } = judgement;
        let names = violated.iter().filter_map(|i| self.limits.get(*i));
        let names: Vec<_> = names.map(|limit| limit.name.as_str()).collect();
        let refusal = Refusal::new(&reasons::EXCEEDED)
            .status(self.status)
            .kind(QUOTA_EXCEEDED)
            .detail(format!("Used up: {}.", names.join(", ")))
            .member("violated-policies", names);
        let waits = told.iter().filter(|told| violated.contains(&told.limit));
        // The longest counts; where one of them never passes, no wait helps.
        let wait = waits
            .map(|told| told.standing.retry)
            .try_fold(1, |longest, retry| {
                retry.map(|retry| fields::seconds(retry).max(longest))
            });
        let refusal = match wait {
            Some(wait) => refusal.header("retry-after", wait.to_string()),
            None => refusal,
        };
        self.answer(refusal, &reasons::EXCEEDED, Mode::Enforce, x)
    }

    fn answer(
        &self,
        refusal: Refusal,
        reason: &Reason,
        mode: Mode,
        x: &mut Exchange<'_>,
    ) -> Outcome {
        refusal.apply(Self::NAME, mode, self.refusals.of(reason), x)
    }

    /// The costs that stand in the response's body, of the limits that hold for the request.
    fn costs_in_body<'a>(&'a self, told: &'a [Told]) -> impl Iterator<Item = &'a InBody> {
        told.iter()
            .filter_map(|told| self.limits.get(told.limit)?.cost.in_body())
    }

    /// Asks for the body, where it can say what the response cost.
    fn read_body(&self, told: &[Told], x: &mut Exchange<'_>) -> Option<body::Form> {
        let longest = self.costs_in_body(told).map(|body| body.max_body).max()?;
        let form = body::form(x)?;
        x.observe_body(longest);
        Some(form)
    }

    /// Takes what the response says that it cost, where it was counted.
    fn settle(
        &self,
        told: &mut [Told],
        x: &mut Exchange<'_>,
        mut said: impl FnMut(&Cost, &mut Exchange<'_>) -> u64,
    ) {
        let mut now: Option<UnixTime> = None;
        let mut descriptors = vec![];
        for told in told {
            let Some(limit) = self.limits.get(told.limit) else {
                continue;
            };
            let cost = said(&limit.cost, x);
            if cost == 0 {
                continue;
            }
            if let Some(descriptor) = &told.remote {
                let mut descriptor = descriptor.clone();
                descriptor.hits_addend = Some(cost);
                descriptors.push(descriptor);
                told.standing.remaining = told.standing.remaining.saturating_sub(cost);
                continue;
            }
            let now = *now.get_or_insert_with(|| x.now());
            match limit.settle(told.subject, cost, now, x) {
                Some(standing) => told.standing = standing,
                None => x.count(limit.counters.of(counters::Outcome::Full)),
            }
        }
        if let Some(service) = self.service.as_ref().filter(|_| !descriptors.is_empty()) {
            service.settle(descriptors, x);
        }
    }

    /// What a client is told of an enforced limit: one in shadow mode would mislead it.
    fn shown(&self, told: &Told) -> Option<Shown<'_>> {
        let limit = self.limits.get(told.limit)?;
        let plan = limit.plan(told.subject)?;
        (limit.mode == Mode::Enforce).then_some(Shown {
            name: &limit.name,
            policy: &plan.policy,
            quota: plan.quota,
            window: plan.window,
            standing: told.standing,
        })
    }

    /// Says of which limits little is left: each in a field of its own, which clients join.
    fn warn(&self, told: &[Told], x: &mut Exchange<'_>) {
        for told in told {
            let limit = self.limits.get(told.limit);
            let Some((limit, warn)) = limit.and_then(|l| Some((l, l.warn.as_ref()?))) else {
                continue;
            };
            let Some(shown) = self.shown(told) else {
                continue;
            };
            let used = shown.quota.saturating_sub(shown.standing.remaining);
            let least = u128::from(shown.quota).saturating_mul(u128::from(warn.at_percent));
            if u128::from(used).saturating_mul(100) < least {
                continue;
            }
            // The name was checked, and the value is a structured field's.
            let _ = x.add(&warn.header, fields::list(&[shown], fields::left));
            if let Some(counter) = limit.counters.warned {
                x.count(counter);
            }
        }
    }
}
