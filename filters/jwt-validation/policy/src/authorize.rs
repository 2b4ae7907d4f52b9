//! What a token allows, and whether it has been revoked.

use hachure_exchange::Reason;
use hachure_jose::{ClaimPath, Claims, texts};
use serde_json::Value;

use crate::config::{ClaimTest, Scalar};
use crate::reasons;

/// What a token must allow.
#[derive(Debug, Default)]
pub(crate) struct Authorize {
    pub(crate) all: Vec<String>,
    pub(crate) any: Vec<String>,
    pub(crate) clients: Vec<String>,
    pub(crate) claims: Vec<Rule>,
    /// The `scope` of a challenge: every scope that would do.
    pub(crate) scope: String,
}

/// Tokens that are no longer good.
#[derive(Debug, Default)]
pub(crate) struct Revoked {
    pub(crate) ids: Vec<String>,
    pub(crate) claims: Vec<Rule>,
}

/// A condition on a claim.
#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) claim: ClaimPath,
    pub(crate) test: ClaimTest,
}

impl Authorize {
    pub(crate) fn check(&self, claims: &Claims) -> Result<(), &'static Reason> {
        if !self.clients.is_empty() && !client(claims).is_some_and(|c| holds(&self.clients, c)) {
            return Err(&reasons::CLIENT);
        }
        let has = |scope: &String| scopes(claims).any(|one| one == scope);
        if !self.all.iter().all(has) || !(self.any.is_empty() || self.any.iter().any(has)) {
            return Err(&reasons::SCOPE);
        }
        match self.claims.iter().all(|rule| rule.holds(claims)) {
            true => Ok(()),
            false => Err(&reasons::CLAIM),
        }
    }
}

impl Revoked {
    pub(crate) fn check(&self, claims: &Claims) -> Result<(), &'static Reason> {
        let named = claims.jti().is_some_and(|id| holds(&self.ids, id));
        match named || self.claims.iter().any(|rule| rule.holds(claims)) {
            true => Err(&reasons::REVOKED),
            false => Ok(()),
        }
    }
}

impl Rule {
    fn holds(&self, claims: &Claims) -> bool {
        let value = claims.at(&self.claim).filter(|value| !value.is_null());
        match (&self.test, value) {
            (ClaimTest::Exists, value) => value.is_some(),
            (ClaimTest::Absent, value) => value.is_none(),
            (_, None) => false,
            (ClaimTest::Equals(scalar), Some(value)) => scalar.is(value),
            (ClaimTest::OneOf(scalars), Some(value)) => scalars.iter().any(|s| s.is(value)),
            (ClaimTest::Contains(scalar), Some(value)) => value
                .as_array()
                .is_some_and(|list| list.iter().any(|element| scalar.is(element))),
            (ClaimTest::Prefix(prefix), Some(value)) => value
                .as_str()
                .is_some_and(|text| text.starts_with(prefix.as_str())),
        }
    }
}

impl Scalar {
    fn is(&self, value: &Value) -> bool {
        match self {
            Self::Text(text) => value.as_str() == Some(text),
            Self::Number(number) => value.as_i64() == Some(*number),
            Self::Truth(truth) => value.as_bool() == Some(*truth),
        }
    }
}

fn holds(list: &[String], text: &str) -> bool {
    list.iter().any(|one| one == text)
}

/// To whom the token was issued: `azp` of OpenID Connect, `client_id` of RFC 9068, `appid` of
/// Microsoft. The first that is there decides, whatever the others say.
fn client(claims: &Claims) -> Option<&str> {
    let names = ["azp", "client_id", "appid"];
    let first = names
        .iter()
        .find(|name| claims.object().contains_key(**name));
    claims.text(first?)
}

/// The scopes: texts with blanks between them, or lists (RFC 8693, 4.2; RFC 9068, 2.2.3; `scp` of
/// Microsoft and Okta).
fn scopes(claims: &Claims) -> impl Iterator<Item = &str> {
    let values = ["scope", "scp"].map(|name| claims.object().get(name));
    let words = values.into_iter().flatten().flat_map(texts);
    words
        .flat_map(|text| text.split(' '))
        .filter(|s| !s.is_empty())
}
