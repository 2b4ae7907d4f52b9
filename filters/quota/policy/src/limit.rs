//! One limit, compiled.

use std::cell::Cell;

use hachure_config::{ClaimPath, Mode, UnixTime};
use hachure_exchange::{Consumer, Exchange, Reason};

use crate::algorithm::{Algorithm, Allowance, Standing, Words};
use crate::config::{OnFailure, OnFull, OnMissingKey};
use crate::cost::Cost;
use crate::counters::OfLimit;
use crate::key::{self, NoKey, Part};
use crate::lease::Leases;
use crate::reasons;
use crate::secret::Secret;
use crate::service::Remote;
use crate::service::messages::Descriptor;
use crate::table::{self, Place, Table};

/// A compiled limit.
#[derive(Debug)]
pub(crate) struct Limit {
    pub(crate) name: String,
    pub(crate) algorithm: Algorithm,
    /// The plan of everybody else first.
    pub(crate) plans: Vec<Plan>,
    /// What names the plan, where there are plans: a label or a claim.
    pub(crate) plan_from: Option<PlanFrom>,
    pub(crate) key: Vec<Part>,
    pub(crate) on_missing_key: OnMissingKey,
    pub(crate) cost: Cost,
    pub(crate) warn: Option<Warn>,
    pub(crate) mode: Mode,
    pub(crate) on_full: OnFull,
    pub(crate) table: Table,
    /// Where all requests are counted, of a limit whose key has no parts.
    pub(crate) sole: Cell<Option<Place>>,
    pub(crate) leases: Leases,
    pub(crate) counters: OfLimit,
    /// What the service calls it, where the service counts.
    pub(crate) remote: Option<Remote>,
    pub(crate) on_failure: OnFailure,
}

/// What names a request's plan.
#[derive(Debug)]
pub(crate) enum PlanFrom {
    Label(String),
    Claim(ClaimPath),
}

/// What a plan has, and how it is told.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) name: String,
    pub(crate) allowance: Allowance,
    /// Units in a window, as fields tell it: of a rate, what an unused bucket gives at once.
    pub(crate) quota: u64,
    /// Seconds of a window: of a rate, those in which an empty bucket fills.
    pub(crate) window: u64,
    /// Both under the limit's name, as a member of `RateLimit-Policy`.
    pub(crate) policy: String,
}

/// When it warns, and where.
#[derive(Debug)]
pub(crate) struct Warn {
    pub(crate) at_percent: u8,
    pub(crate) header: String,
}

/// A key's place, and what the request may do there.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Subject {
    pub(crate) place: Place,
    pub(crate) plan: usize,
}

/// What a request wants of a limit.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) subject: Subject,
    pub(crate) cost: u64,
    /// Where the service counts.
    pub(crate) descriptor: Option<Descriptor>,
}

/// What was taken for a request, to be given back if another limit refuses it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Taken {
    pub(crate) subject: Subject,
    cost: u64,
    /// The slot right after; none where they were taken of what this worker had ahead.
    words: Option<Words>,
}

/// Why a request wants nothing of a limit.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Uncounted {
    /// The limit does not hold for it.
    Skipped,
    /// The key of the hash cannot be had.
    Full,
    /// It cannot be counted for what it says.
    Because(&'static Reason),
}

impl From<Uncounted> for Verdict {
    fn from(uncounted: Uncounted) -> Self {
        match uncounted {
            Uncounted::Skipped => Self::Skipped,
            Uncounted::Full => Self::Full,
            Uncounted::Because(reason) => Self::Because(reason),
        }
    }
}

/// What a limit says to a request.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// It does not hold for it.
    Skipped,
    /// The units were there. Taken where they were to be.
    Allowed(Subject, Standing, Option<Taken>),
    /// They were not.
    Exceeded(Subject, Standing),
    /// There is no slot for the key, or too many count in its set at once.
    Full,
    /// The request cannot be counted for what it says.
    Because(&'static Reason),
    /// The service said nothing.
    Failed,
}

impl Limit {
    /// Judges a request that is counted here. With `only_look` nothing is taken: another limit
    /// has refused it.
    pub(crate) fn judge(
        &self,
        secret: &Secret,
        now: UnixTime,
        only_look: bool,
        x: &mut Exchange<'_>,
    ) -> Verdict {
        match self.asks(secret, x) {
            Ok(asked) => self.take(asked.subject, asked.cost, now, only_look, x),
            Err(uncounted) => uncounted.into(),
        }
    }

    /// Whose units a request wants, and how many; otherwise what becomes of it.
    pub(crate) fn asks(&self, secret: &Secret, x: &mut Exchange<'_>) -> Result<Asked, Uncounted> {
        let values = match key::read(&self.key, x) {
            Ok(values) => Some(values),
            Err(NoKey::Because(reason)) => return Err(Uncounted::Because(reason)),
            Err(NoKey::Missing) => match self.on_missing_key {
                OnMissingKey::Shared => None,
                OnMissingKey::Skip => return Err(Uncounted::Skipped),
                OnMissingKey::Deny => return Err(Uncounted::Because(&reasons::KEY_MISSING)),
            },
        };
        let place = match self.sole.get() {
            Some(place) => place,
            None => self.place(values.as_deref(), secret, x)?,
        };
        let subject = Subject {
            place,
            plan: self.plan_of(x),
        };
        let cost = self.cost.of_request(x).map_err(Uncounted::Because)?;
        let descriptor = self.remote.as_ref().map(|remote| {
            let mut parts = vec![];
            match values {
                Some(values) => {
                    for (part, value) in self.key.iter().zip(values) {
                        parts.push((part.name(), value));
                    }
                }
                None => parts.push(("keyless".to_owned(), b"true".to_vec())),
            }
            let quota = self.plan(subject).map_or(0, |plan| plan.quota);
            remote.descriptor(parts, quota)
        });
        Ok(Asked {
            subject,
            cost,
            descriptor,
        })
    }

    /// Where requests with that key are counted.
    fn place(
        &self,
        values: Option<&[Vec<u8>]>,
        secret: &Secret,
        x: &mut Exchange<'_>,
    ) -> Result<Place, Uncounted> {
        // One byte apart from every key: what all without a key share is nobody's own.
        let key = values.map_or(vec![0], key::joined);
        let hash = secret.hash(&key, x).ok_or(Uncounted::Full)?;
        let place = self.table.place(hash);
        if self.key.is_empty() {
            self.sole.set(Some(place));
        }
        Ok(place)
    }

    pub(crate) fn plan(&self, subject: Subject) -> Option<&Plan> {
        self.plans.get(subject.plan)
    }

    /// Gives back what was taken, and says where the key stands then. What cannot be given back
    /// stays taken.
    pub(crate) fn give_back(
        &self,
        taken: Taken,
        now: UnixTime,
        x: &mut Exchange<'_>,
    ) -> Option<Standing> {
        let Taken {
            subject,
            cost,
            words,
        } = taken;
        let allowance = self.plan(subject)?.allowance;
        let tag = subject.place.tag;
        let Some(words) = words else {
            self.leases.give_back(tag, cost);
            return None;
        };
        let mut after = None;
        let updated = x.update(&subject.place.cell, |set| {
            let set = set?;
            let held = table::read(set, tag)?;
            let given = self.algorithm.give_back(held, words, allowance, cost);
            after = Some(given);
            table::write(set, tag, given, |words| self.algorithm.life(words, now))
        });
        let words = after.filter(|_| updated.is_ok())?;
        Some(self.algorithm.take(Some(words), allowance, 0, now).1)
    }

    /// Takes what a response says that it cost, and says where the key stands; none where it
    /// could not be counted.
    pub(crate) fn settle(
        &self,
        subject: Subject,
        cost: u64,
        now: UnixTime,
        x: &mut Exchange<'_>,
    ) -> Option<Standing> {
        let allowance = self.plan(subject)?.allowance;
        let tag = subject.place.tag;
        let mut after = None;
        let updated = x.update(&subject.place.cell, |set| {
            let set = set.unwrap_or_default();
            let held = table::read(set, tag);
            let words = self.algorithm.settle(held, allowance, cost, now);
            let new = table::write(set, tag, words, |words| self.algorithm.life(words, now));
            after = new.as_ref().map(|_| words);
            new
        });
        let words = after.filter(|_| updated.is_ok())?;
        Some(self.algorithm.take(Some(words), allowance, 0, now).1)
    }

    fn plan_of(&self, x: &mut Exchange<'_>) -> usize {
        let name = match &self.plan_from {
            None => None,
            Some(PlanFrom::Label(name)) => Consumer::label_in(x, name),
            Some(PlanFrom::Claim(path)) => key::claim(path, x),
        };
        let plan = name.and_then(|name| {
            self.plans
                .iter()
                .position(|plan| plan.name.as_bytes() == name)
        });
        plan.unwrap_or(0)
    }

    /// Takes units here.
    pub(crate) fn take(
        &self,
        subject: Subject,
        cost: u64,
        now: UnixTime,
        only_look: bool,
        x: &mut Exchange<'_>,
    ) -> Verdict {
        let Some(plan) = self.plan(subject) else {
            return Verdict::Full;
        };
        let Place { cell, tag } = subject.place;
        let leases = Some(&self.leases).filter(|leases| leases.any() && cost > 0 && !only_look);
        if let Some(standing) = leases.and_then(|leases| leases.take(tag, cost, now)) {
            let taken = Taken {
                subject,
                cost,
                words: None,
            };
            return Verdict::Allowed(subject, standing, Some(taken));
        }
        let life = |words| self.algorithm.life(words, now);
        let take = |held, units| self.algorithm.take(held, plan.allowance, units, now);
        let mut found = None;
        let mut units = cost;
        let mut decide = |set: Option<&[u8]>| {
            let set = set.unwrap_or_default();
            let held = table::read(set, tag);
            units = leases.map_or(cost, |leases| leases.ahead(cost));
            let (mut kept, mut standing) = take(held, units);
            if !standing.admitted && units > cost {
                // Not so many: all that are left, or what the request wants.
                units = standing.remaining.max(cost);
                (kept, standing) = take(held, units);
            }
            if only_look && standing.admitted {
                // Nothing is taken, and that is what the client is told.
                standing = Standing {
                    admitted: true,
                    ..take(held, 0).1
                };
            }
            // What is settled later needs its slot then.
            let probe = (cost == 0 && standing.admitted).then_some([0, 0]);
            let room = kept
                .or(probe)
                .map(|words| table::write(set, tag, words, life));
            found = match room {
                Some(None) => None,
                _ => Some((kept, standing)),
            };
            kept.and(room.flatten())
        };
        if only_look {
            decide(x.shared(&cell).as_deref());
        } else if x.update(&cell, decide).is_err() {
            return Verdict::Full;
        }
        match found {
            None => Verdict::Full,
            Some((_, standing)) if !standing.admitted => Verdict::Exceeded(subject, standing),
            Some((kept, mut standing)) => {
                let taken = kept.filter(|_| cost > 0 && !only_look).map(|words| Taken {
                    subject,
                    cost,
                    words: Some(words),
                });
                let ahead = units.saturating_sub(cost);
                if let Some(leases) = leases {
                    let lasts = self.algorithm.lasts(plan.allowance, units, standing);
                    leases.keep(tag, ahead, now, lasts, standing);
                    standing.remaining = standing.remaining.saturating_add(ahead);
                }
                Verdict::Allowed(subject, standing, taken)
            }
        }
    }
}
