//! The CORS headers of answers, whoever gave them.

use std::borrow::Cow;

use hachure_config::Mode;
use hachure_exchange::{Exchange, HeaderMap};

use crate::config::Config;
use crate::expose::Expose;
use crate::vary;

pub(crate) const ALLOW_ORIGIN: &str = "access-control-allow-origin";
pub(crate) const ALLOW_CREDENTIALS: &str = "access-control-allow-credentials";
pub(crate) const ALLOW_METHODS: &str = "access-control-allow-methods";
pub(crate) const ALLOW_HEADERS: &str = "access-control-allow-headers";
pub(crate) const ALLOW_PRIVATE_NETWORK: &str = "access-control-allow-private-network";
pub(crate) const MAX_AGE: &str = "access-control-max-age";
pub(crate) const VARY_ORIGIN: &str = "Origin";
const EXPOSE_HEADERS: &str = "access-control-expose-headers";
const TIMING_ALLOW_ORIGIN: &str = "timing-allow-origin";

/// What only this policy says: an upstream's `Access-Control-Allow-Credentials: true` beside our
/// `Access-Control-Allow-Origin` would allow what nobody configured. The last only where it is
/// configured.
const GOVERNED: [&str; 8] = [
    ALLOW_ORIGIN,
    ALLOW_CREDENTIALS,
    EXPOSE_HEADERS,
    ALLOW_METHODS,
    ALLOW_HEADERS,
    MAX_AGE,
    ALLOW_PRIVATE_NETWORK,
    TIMING_ALLOW_ORIGIN,
];
/// Shorter names are none of them; most headers are told apart by that.
const SHORTEST: usize = TIMING_ALLOW_ORIGIN.len();

/// Who asked, as far as the answer depends on it.
#[derive(Debug, Default)]
pub(crate) enum Caller {
    /// No page of another origin: there was no `Origin`.
    #[default]
    Nobody,
    /// The page of an allowed origin, byte for byte as it was sent.
    Allowed(Vec<u8>),
    /// A page that is not to read the answer.
    Disallowed,
    /// It has this policy's own answer, which is complete.
    Answered,
}

/// How answers are completed.
#[derive(Debug)]
pub(crate) struct Answers {
    /// `origins: ["*"]`: the answer is the same for all.
    any: bool,
    credentials: bool,
    timing: bool,
    expose: Expose,
    mode: Mode,
}

impl Answers {
    pub(crate) fn new(config: &Config, any: bool) -> Self {
        Self {
            any,
            credentials: config.credentials,
            timing: config.timing_allow_origin,
            expose: Expose::new(&config.expose, config.credentials),
            mode: config.mode,
        }
    }

    /// What an answer to any other request depends on.
    pub(crate) fn vary(&self) -> &[&'static str] {
        if self.any { &[] } else { &[VARY_ORIGIN] }
    }

    /// Puts the CORS headers of this policy in the place of those that the answer has. `vary` is
    /// what it depends on.
    pub(crate) fn complete(&self, caller: &Caller, vary: &[&str], x: &mut Exchange<'_>) {
        let allowed = match caller {
            Caller::Answered => return,
            Caller::Nobody | Caller::Allowed(_) if self.any => Some(&b"*"[..]),
            Caller::Allowed(origin) => Some(origin.as_slice()),
            Caller::Nobody | Caller::Disallowed => None,
        };
        let answer = x.headers();
        let ours = allowed
            .map(|origin| self.lines(origin, answer))
            .unwrap_or_default();
        let strip = allowed.is_some() || self.mode == Mode::Enforce;
        let mut theirs = vec![];
        let mut their_vary = vec![];
        for (name, value) in answer.iter() {
            if name.eq_ignore_ascii_case(b"vary") {
                their_vary.push(value);
            } else if strip && let Some(name) = self.governs(name) {
                theirs.push(name);
            }
        }
        let merged = vary::merge(&their_vary, vary);
        for name in theirs {
            if !ours.iter().any(|(ours, _)| *ours == name) {
                x.remove(name);
            }
        }
        for (name, value) in ours {
            set(x, name, &value);
        }
        // What an upstream may have said that splits the answer is not said again.
        if let Some(merged) = merged
            && x.set("vary", merged).is_err()
        {
            set(x, "vary", vary.join(", ").as_bytes());
        }
    }

    fn governs(&self, name: &[u8]) -> Option<&'static str> {
        if name.len() < SHORTEST {
            return None;
        }
        let governed = GOVERNED
            .into_iter()
            .find(|g| g.as_bytes().eq_ignore_ascii_case(name));
        governed.filter(|name| self.timing || *name != TIMING_ALLOW_ORIGIN)
    }

    /// What `origin` gets to read of an answer with these headers.
    fn lines<'a>(
        &'a self,
        origin: &'a [u8],
        answer: &HeaderMap,
    ) -> Vec<(&'static str, Cow<'a, [u8]>)> {
        let mut lines = vec![(ALLOW_ORIGIN, Cow::Borrowed(origin))];
        if self.credentials {
            lines.push((ALLOW_CREDENTIALS, Cow::Borrowed(b"true")));
        }
        let expose = self.expose.line(answer);
        if !expose.is_empty() {
            lines.push((EXPOSE_HEADERS, expose));
        }
        if self.timing {
            lines.push((TIMING_ALLOW_ORIGIN, Cow::Borrowed(origin)));
        }
        lines
    }
}

/// Every value here is an origin that was read, tokens, or a constant: none can split the answer.
fn set(x: &mut Exchange<'_>, name: &str, value: &[u8]) {
    let _ = x.set(name, value);
}
