//! Which tokens a request needs, and whether it has them.

use hachure_config::UnixTime;
use hachure_exchange::Exchange;

use crate::extract::{self, AUTHORIZATION, Found};
use crate::policy::JwtValidation;
use crate::provider::Provider;
use crate::reasons;
use crate::refuse::Denial;
use crate::remembered::Good;

/// `require`, compiled.
#[derive(Debug)]
pub(crate) enum Requirement {
    /// A token of one of the providers in [`JwtValidation::groups`] there.
    Group(usize),
    Any(Vec<Requirement>),
    All(Vec<Requirement>),
    Optional(Box<Requirement>),
}

/// What became of a requirement.
pub(crate) enum Verdict<'p> {
    /// It holds, with these tokens.
    Good(Vec<(&'p Provider, Good)>),
    /// There is no token for it at all.
    Missing,
    Bad(Denial<'p>),
    /// Nobody can tell before keys are there; what to say when they do not come until then.
    Waits(Denial<'p>, UnixTime),
}

/// The tokens of one request.
pub(crate) struct Tokens {
    /// What the places of each group's providers hold.
    found: Vec<Found>,
    /// The header that was read, where no other was.
    pub(crate) authorization: Option<Vec<u8>>,
    pub(crate) now: UnixTime,
}

impl JwtValidation {
    /// Reads the tokens of a request. One header costs the host less than all of them.
    pub(crate) fn tokens(&self, now: UnixTime, x: &mut Exchange<'_>) -> Tokens {
        let groups = self.groups.iter().map(|group| {
            let providers = group.iter().filter_map(|place| self.providers.get(*place));
            providers.flat_map(|provider| &provider.places)
        });
        if self.authorization_only {
            let authorization = x.unique(AUTHORIZATION);
            let found = groups.map(|places| extract::find_in(places, authorization.as_deref()));
            return Tokens {
                found: found.collect(),
                authorization,
                now,
            };
        }
        let headers = x.headers();
        let found = groups.map(|places| extract::find(places, headers));
        Tokens {
            found: found.collect(),
            authorization: None,
            now,
        }
    }

    /// Whether the tokens meet a requirement.
    pub(crate) fn judge(
        &self,
        requirement: &Requirement,
        tokens: &Tokens,
        x: &mut Exchange<'_>,
    ) -> Verdict<'_> {
        match requirement {
            Requirement::Group(group) => match tokens.found.get(*group) {
                None | Some(Found::Nothing) => Verdict::Missing,
                Some(Found::Ambiguous) => Verdict::Bad(Denial::new(&reasons::AMBIGUOUS)),
                Some(Found::Token(token)) => self.verify(*group, token, tokens.now, x),
            },
            Requirement::Any(list) => {
                list.iter()
                    .fold(Verdict::Missing, |verdict, inner| match verdict {
                        Verdict::Good(good) => Verdict::Good(good),
                        other => other.or(self.judge(inner, tokens, x)),
                    })
            }
            Requirement::All(list) => {
                let mut verdicts = list.iter().map(|inner| self.judge(inner, tokens, x));
                let first = verdicts.next().unwrap_or(Verdict::Missing);
                verdicts.fold(first, Verdict::and)
            }
            Requirement::Optional(inner) => match self.judge(inner, tokens, x) {
                Verdict::Missing => Verdict::Good(vec![]),
                other => other,
            },
        }
    }
}

impl Verdict<'_> {
    /// Either is enough. A bad token is no missing one, and one that may turn out good is no bad
    /// one.
    fn or(self, other: Self) -> Self {
        match (self, other) {
            (good @ Verdict::Good(_), _) | (_, good @ Verdict::Good(_)) => good,
            (waits @ Verdict::Waits(..), _) | (_, waits @ Verdict::Waits(..)) => waits,
            (Verdict::Bad(one), Verdict::Bad(other)) => Verdict::Bad(one.further(other)),
            (bad @ Verdict::Bad(_), _) | (_, bad @ Verdict::Bad(_)) => bad,
            (Verdict::Missing, Verdict::Missing) => Verdict::Missing,
        }
    }

    /// Both are needed. A token that lacks its companion is not enough, and not missing either.
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Verdict::Good(mut one), Verdict::Good(other)) => {
                one.extend(other);
                Verdict::Good(one)
            }
            (Verdict::Missing, Verdict::Missing) => Verdict::Missing,
            (Verdict::Bad(one), Verdict::Bad(other)) => Verdict::Bad(one.further(other)),
            (bad @ Verdict::Bad(_), _) | (_, bad @ Verdict::Bad(_)) => bad,
            (Verdict::Missing, _) | (_, Verdict::Missing) => {
                Verdict::Bad(Denial::new(&reasons::MISSING))
            }
            (waits @ Verdict::Waits(..), _) | (_, waits) => waits,
        }
    }
}
