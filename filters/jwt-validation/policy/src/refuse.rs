//! Refusals: what the client hears (RFC 6750, 3; RFC 9728, 5.1).

use hachure_exchange::{Exchange, Outcome, Policy, Reason, Refusal};

use crate::policy::JwtValidation;
use crate::provider::Provider;
use crate::reasons;

/// Why a request is refused, and by which provider where one knew the token.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Denial<'p> {
    pub(crate) reason: &'static Reason,
    pub(crate) provider: Option<&'p Provider>,
}

impl<'p> Denial<'p> {
    pub(crate) fn new(reason: &'static Reason) -> Self {
        Self {
            reason,
            provider: None,
        }
    }

    pub(crate) fn by(reason: &'static Reason, provider: &'p Provider) -> Self {
        Self {
            reason,
            provider: Some(provider),
        }
    }

    /// The one of two that says more about the token; the first of equals.
    pub(crate) fn further(self, other: Self) -> Self {
        match reasons::progress(other.reason) > reasons::progress(self.reason) {
            true => other,
            false => self,
        }
    }
}

impl JwtValidation {
    pub(crate) fn refuse(&self, denial: Denial<'_>, x: &mut Exchange<'_>) -> Outcome {
        let reason = denial.reason;
        let mut refusal = Refusal::new(reason);
        if reason.status == reasons::UNAVAILABLE.status {
            refusal = refusal.header("retry-after", "1");
        } else {
            refusal = refusal.header("www-authenticate", self.challenge(denial));
        }
        refusal.apply(Self::NAME, self.mode, self.counters.refused(reason), x)
    }

    /// `Bearer realm="api", error="invalid_token", error_description="…"`. A request without a
    /// token is told the scheme alone (RFC 6750, 3.1).
    fn challenge(&self, denial: Denial<'_>) -> String {
        let reason = denial.reason;
        let mut out = format!("Bearer realm=\"{}\"", self.realm);
        let mut parameter = |name: &str, value: &str| {
            // Values hold neither quotes nor backslashes: titles are ours, the rest was compiled.
            for part in [", ", name, "=\"", value, "\""] {
                out.push_str(part);
            }
        };
        if reason.code != reasons::MISSING.code {
            parameter("error", error_of(reason));
            parameter("error_description", reason.title);
        }
        let scopes = denial.provider.map(|provider| &*provider.authorize.scope);
        if let Some(scope) = scopes.filter(|s| reason.status == 403 && !s.is_empty()) {
            parameter("scope", scope);
        }
        if let Some(url) = &self.resource_metadata {
            parameter("resource_metadata", url);
        }
        out
    }
}

/// The error codes of RFC 6750, 3.1.
fn error_of(reason: &Reason) -> &'static str {
    match reason.status {
        403 => "insufficient_scope",
        _ if reason.code == reasons::AMBIGUOUS.code => "invalid_request",
        _ => "invalid_token",
    }
}
