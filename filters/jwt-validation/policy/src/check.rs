//! What a token must say before its signature is looked at: all of it is cheap.

use hachure_config::UnixTime;
use hachure_exchange::Reason;
use hachure_jose::{Claims, Token};

use crate::provider::{Provider, Times};
use crate::reasons;

/// When a token is good, the skew included: from `from` until before `until`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Validity {
    from: UnixTime,
    until: UnixTime,
}

impl Validity {
    #[cfg(test)]
    pub(crate) const ALWAYS: Self = Self {
        from: UnixTime(0),
        until: UnixTime(u64::MAX),
    };

    /// Whether it is good now.
    pub(crate) fn check(self, now: UnixTime) -> Result<(), &'static Reason> {
        match now {
            now if now >= self.until => Err(&reasons::EXPIRED),
            now if now < self.from => Err(&reasons::EARLY),
            _ => Ok(()),
        }
    }
}

impl Provider {
    /// Whether the token is one of this provider's, for us, and good now.
    pub(crate) fn check(
        &self,
        token: &Token<'_>,
        now: UnixTime,
    ) -> Result<Validity, &'static Reason> {
        let (header, claims) = (token.header(), token.claims());
        if claims.iss() != Some(&self.issuer) {
            return Err(&reasons::ISSUER);
        }
        if self
            .kind
            .as_deref()
            .is_some_and(|kind| !header.is_type(kind))
        {
            return Err(&reasons::TYPE);
        }
        if !self.algorithms.contains(header.alg) {
            return Err(&reasons::ALGORITHM);
        }
        if let Some(ours) = &self.audiences {
            let is_ours = |aud: &str| ours.iter().any(|our| our == aud);
            if !claims.aud().any(is_ours) {
                return Err(&reasons::AUDIENCE);
            }
        }
        let validity = self.times.of(claims, now)?;
        validity.check(now).map(|()| validity)
    }
}

impl Times {
    /// `exp` is the first instant at which a token is no longer good, `nbf` the first at which it
    /// is (RFC 7519, 4.1.4 and 4.1.5).
    fn of(self, claims: &Claims, now: UnixTime) -> Result<Validity, &'static Reason> {
        let (exp, iat) = (claims.exp(), claims.iat());
        if self.require_expiration && exp.is_none() {
            return Err(&reasons::EXPIRATION);
        }
        if let Some(most) = self.max_lifetime {
            let (Some(exp), Some(iat)) = (exp, iat) else {
                return Err(&reasons::LIFETIME);
            };
            if exp > later(iat, most) {
                return Err(&reasons::LIFETIME);
            }
            // One issued in the future would be good for longer than it says.
            if iat > later(now, self.skew) {
                return Err(&reasons::EARLY);
            }
        }
        let skew = UnixTime::from_seconds(self.skew).0;
        let from = claims.nbf().map_or(0, |nbf| nbf.0.saturating_sub(skew));
        Ok(Validity {
            from: UnixTime(from),
            until: exp.map_or(UnixTime(u64::MAX), |exp| later(exp, self.skew)),
        })
    }
}

fn later(time: UnixTime, seconds: u64) -> UnixTime {
    UnixTime(time.0.saturating_add(UnixTime::from_seconds(seconds).0))
}
