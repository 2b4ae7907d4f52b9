//! The CORS headers of answers, whoever gave them.

use std::borrow::Cow;

use hachure_config::Mode;
use hachure_exchange::Exchange;

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
/// Those that browsers read in any answer. An upstream that says none of them says nothing of
/// CORS; asking for them costs less than reading all headers. Without the first the others allow
/// nothing, so that one of them is not asked for where its value is replaced anyway.
const TELLING: [&str; 3] = [ALLOW_ORIGIN, ALLOW_CREDENTIALS, EXPOSE_HEADERS];

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
    /// what it depends on; `preflight`, whether it answers one.
    pub(crate) fn complete(
        &self,
        caller: &Caller,
        preflight: bool,
        vary: &[&str],
        x: &mut Exchange<'_>,
    ) {
        let allowed = match caller {
            Caller::Answered => return,
            Caller::Nobody | Caller::Allowed(_) if self.any => Some(&b"*"[..]),
            Caller::Allowed(origin) => Some(origin.as_slice()),
            Caller::Nobody | Caller::Disallowed => None,
        };
        let ours = allowed
            .map(|origin| self.lines(origin, x))
            .unwrap_or_default();
        let is_ours = |name: &str| ours.iter().any(|(ours, _)| *ours == name);
        let theirs = match allowed.is_some() || self.mode == Mode::Enforce {
            true => self.theirs(preflight, is_ours, x),
            false => vec![],
        };
        // Envoy joins repeated fields of an answer's `Vary`, so the first value is all of them.
        let merged = match vary {
            [] => None,
            vary => vary::merge(&x.unique("vary").unwrap_or_default(), vary),
        };
        for name in theirs {
            if !is_ours(name) {
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

    /// The governed headers that the answer has.
    fn theirs(
        &self,
        preflight: bool,
        is_ours: impl Fn(&str) -> bool,
        x: &mut Exchange<'_>,
    ) -> Vec<&'static str> {
        let timing = self.timing && !is_ours(TIMING_ALLOW_ORIGIN) && x.has(TIMING_ALLOW_ORIGIN);
        let mut telling = TELLING
            .into_iter()
            .filter(|name| *name == ALLOW_ORIGIN || !is_ours(name));
        if !preflight && !timing && !telling.any(|name| x.has(name)) {
            return vec![];
        }
        let answer = x.headers();
        let present = GOVERNED.into_iter().filter(|name| answer.contains(name));
        present
            .filter(|name| self.timing || *name != TIMING_ALLOW_ORIGIN)
            .collect()
    }

    /// What `origin` gets to read of the answer.
    fn lines<'a>(
        &'a self,
        origin: &'a [u8],
        x: &mut Exchange<'_>,
    ) -> Vec<(&'static str, Cow<'a, [u8]>)> {
        let mut lines = vec![(ALLOW_ORIGIN, Cow::Borrowed(origin))];
        if self.credentials {
            lines.push((ALLOW_CREDENTIALS, Cow::Borrowed(b"true")));
        }
        let expose = self.expose.line(x);
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
