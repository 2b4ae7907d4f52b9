//! One token: whose it is, and whether it is good.

use std::rc::Rc;

use hachure_config::UnixTime;
use hachure_exchange::{Exchange, Hash, Reason, SignatureCheck};
use hachure_jose::{self as jose, Key, Limits, NoKey, ParseError, Token};

use crate::policy::JwtValidation;
use crate::provider::Provider;
use crate::reasons;
use crate::refuse::Denial;
use crate::remembered::{Entry, Good, Place};
use crate::requirement::Verdict;

/// What came of one provider's look at a token.
enum Look {
    Good(Entry),
    Bad(&'static Reason),
    /// Keys are missing that may come until then.
    Waits(&'static Reason, UnixTime),
}

impl JwtValidation {
    /// Whether one of the group's providers answers for the token. All that is cheap is asked
    /// before the signature, and nothing is said of what the token allows before it is right.
    pub(crate) fn verify(
        &self,
        group: usize,
        text: &[u8],
        now: UnixTime,
        x: &mut Exchange<'_>,
    ) -> Verdict<'_> {
        let place = self.remembered.place(group, text);
        if let Some(verdict) = self.remember(place, text, now) {
            return verdict;
        }
        let token = match Token::parse(text, Limits::default()) {
            Ok(token) => token,
            Err(ParseError::TooLarge) => return Verdict::Bad(Denial::new(&reasons::TOO_LARGE)),
            Err(_) => return Verdict::Bad(Denial::new(&reasons::MALFORMED)),
        };
        let mut furthest = Denial::new(&reasons::ISSUER);
        for (index, provider) in self.providers_of(group) {
            match self.look(index, provider, &token, place, now, x) {
                Look::Good(entry) => {
                    let verdict = verdict(provider, entry.outcome.clone());
                    self.remembered.put(place, text, entry);
                    return verdict;
                }
                Look::Bad(reason) => furthest = furthest.further(Denial::by(reason, provider)),
                Look::Waits(reason, until) => {
                    return Verdict::Waits(Denial::by(reason, provider), until);
                }
            }
        }
        Verdict::Bad(furthest)
    }

    /// What was found out about the token before, if that still holds.
    fn remember(&self, place: Place, text: &[u8], now: UnixTime) -> Option<Verdict<'_>> {
        let entry = self.remembered.get(place, text)?;
        let provider = self.providers.get(entry.provider)?;
        if !provider.keys.is_current(entry.generation, now) {
            self.remembered.forget(place);
            return None;
        }
        let outcome = entry.validity.check(now).and(entry.outcome);
        Some(verdict(provider, outcome))
    }

    fn look(
        &self,
        index: usize,
        provider: &Provider,
        token: &Token<'_>,
        place: Place,
        now: UnixTime,
        x: &mut Exchange<'_>,
    ) -> Look {
        let validity = match provider.check(token, now) {
            Ok(validity) => validity,
            Err(reason) => return Look::Bad(reason),
        };
        let Some((keys, generation)) = provider.keys.current(now) else {
            return waits(&reasons::UNAVAILABLE, provider.keys.patience(now));
        };
        let candidates = match keys.candidates(token.header(), provider.algorithms) {
            Ok(candidates) => candidates,
            Err(NoKey::NotAllowed) => return Look::Bad(&reasons::ALGORITHM),
            Err(NoKey::NoneFits) => return Look::Bad(&reasons::KEY),
            Err(NoKey::UnknownKid) => return waits(&reasons::KEY, provider.keys.ask(now, x)),
        };
        if self.remembered.is_bad(place, now) {
            return Look::Bad(&reasons::SIGNATURE);
        }
        x.count(provider.checked);
        if !is_signed(token, &candidates, x) {
            self.remembered.put_bad(place, now);
            return Look::Bad(&reasons::SIGNATURE);
        }
        Look::Good(Entry {
            provider: index,
            generation,
            validity,
            outcome: provider.word_of(token),
        })
    }
}

fn waits(reason: &'static Reason, until: Option<UnixTime>) -> Look {
    until.map_or(Look::Bad(reason), |until| Look::Waits(reason, until))
}

/// Whether one of the keys has signed the token.
fn is_signed(token: &Token<'_>, keys: &[&Key], x: &mut Exchange<'_>) -> bool {
    let mut host = |check: &jose::SignatureCheck<'_>| x.verify_signature(&as_host_has_it(check));
    let mut verdicts = keys
        .iter()
        .map(|key| jose::verify(token.jws(), key, &mut host));
    verdicts.any(|verdict| verdict == jose::Verdict::Valid)
}

impl Provider {
    /// What a token of this provider says, or why it is refused though its signature is right.
    fn word_of(&self, token: &Token<'_>) -> Result<Good, &'static Reason> {
        self.revoked.check(token.claims())?;
        self.authorize.check(token.claims())?;
        self.identity.of(token).map(Rc::new)
    }
}

fn verdict<'p>(provider: &'p Provider, outcome: Result<Good, &'static Reason>) -> Verdict<'p> {
    match outcome {
        Ok(good) => Verdict::Good(vec![(provider, good)]),
        Err(reason) => Verdict::Bad(Denial::by(reason, provider)),
    }
}

fn as_host_has_it<'a>(check: &jose::SignatureCheck<'a>) -> SignatureCheck<'a> {
    SignatureCheck {
        hash: match check.hash {
            jose::Hash::Sha256 => Hash::Sha256,
            jose::Hash::Sha384 => Hash::Sha384,
            jose::Hash::Sha512 => Hash::Sha512,
        },
        key: check.key,
        signature: check.signature,
        text: check.text,
    }
}
