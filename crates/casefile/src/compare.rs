//! What was seen against what was expected.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use hachure_exchange::HeaderMap;

use crate::expect::{Expect, ExpectedBody, ExpectedCall, ExpectedMessage};
use crate::message::Text;
use crate::observed::{Observed, ObservedCall, Seen};

/// How much a runner can tell about what it was not asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strictness {
    /// Only the filter touches the messages: a change that was not expected is a mismatch.
    Exact,
    /// Envoy changes messages too: only what the case names is compared, and that a header which
    /// the filter should not have touched still has its values.
    Named,
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// Where, as in the case: `upstream.headers.x-a`.
    pub place: String,
    /// What the case says.
    pub expected: String,
    /// What was seen.
    pub seen: String,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: expected {}, saw {}",
            self.place, self.expected, self.seen
        )
    }
}

/// Every difference between a step's expectation and what was seen. `filter` is the catalogue
/// name, which counters in a case leave out.
pub fn compare(
    filter: &str,
    expect: &Expect,
    seen: &Observed,
    strictness: Strictness,
) -> Vec<Mismatch> {
    let mut out = Differences {
        found: vec![],
        strictness,
    };
    out.flag("replied", expect.reply.is_some(), seen.replied);
    match &expect.reply {
        Some(reply) => {
            out.flag(
                "the upstream saw the request",
                expect.upstream.is_some(),
                seen.upstream.is_some(),
            );
            if let (Some(expected), Some(upstream)) = (&expect.upstream, &seen.upstream) {
                out.message("upstream", expected, upstream);
            }
            out.message("reply", reply, &seen.response);
        }
        None => {
            let unchanged = ExpectedMessage::default();
            if let Some(upstream) = &seen.upstream {
                out.message(
                    "upstream",
                    expect.upstream.as_ref().unwrap_or(&unchanged),
                    upstream,
                );
            } else if expect.upstream.is_some() {
                out.flag("the upstream saw the request", true, false);
            }
            out.message(
                "response",
                expect.response.as_ref().unwrap_or(&unchanged),
                &seen.response,
            );
        }
    }
    out.calls(&expect.calls, &seen.calls);
    out.counters(filter, &expect.counters, &seen.counters);
    if let Some(state) = &seen.state {
        out.pairs("state", &expect.state, state);
    }
    out.found
}

struct Differences {
    found: Vec<Mismatch>,
    strictness: Strictness,
}

impl Differences {
    fn add(&mut self, place: String, expected: String, seen: String) {
        self.found.push(Mismatch {
            place,
            expected,
            seen,
        });
    }

    fn flag(&mut self, place: &str, expected: bool, seen: bool) {
        if expected != seen {
            self.add(place.to_owned(), expected.to_string(), seen.to_string());
        }
    }

    fn message(&mut self, place: &str, expected: &ExpectedMessage, seen: &Seen) {
        if let Some(status) = expected.status {
            let seen = all_values(&seen.after, ":status");
            let wanted = vec![Text(status.to_string().into_bytes())];
            if wanted != seen {
                self.add(
                    format!("{place}.status"),
                    status.to_string(),
                    format!("{seen:?}"),
                );
            }
        }
        for name in self.names(expected, seen) {
            let after = all_values(&seen.after, &name);
            let wanted = match expected.headers.get(&name) {
                Some(value) => value.0.clone(),
                None => all_values(&seen.before, &name),
            };
            if wanted != after {
                let place = format!("{place}.headers.{name}");
                self.add(place, format!("{wanted:?}"), format!("{after:?}"));
            }
        }
        match &expected.body {
            Some(body) => self.body(place, body, &seen.body),
            // The body of a reply may go unnamed; that of a message that passes stays as it is.
            None if place != "reply" && seen.body != seen.body_before => {
                let shown = |body: &[u8]| body.escape_ascii().to_string();
                let (before, after) = (shown(&seen.body_before), shown(&seen.body));
                self.add(format!("{place}.body"), before, after);
            }
            None => {}
        }
    }

    /// The names to look at: in a reply of one's own everything was made, and `:status` has a
    /// field of its own.
    fn names(&self, expected: &ExpectedMessage, seen: &Seen) -> BTreeSet<String> {
        let mut names: BTreeSet<String> = expected.headers.keys().cloned().collect();
        let own = |name: &[u8]| String::from_utf8_lossy(name).to_ascii_lowercase();
        names.extend(seen.before.iter().map(|(name, _)| own(name)));
        if self.strictness == Strictness::Exact {
            names.extend(seen.after.iter().map(|(name, _)| own(name)));
        }
        if expected.status.is_some() {
            names.remove(":status");
        }
        names
    }

    /// In order. Where others may have called too, each expected one must be among them.
    fn calls(&mut self, expected: &[ExpectedCall], seen: &[ObservedCall]) {
        let mut left: Vec<_> = seen.iter().collect();
        for (i, call) in expected.iter().enumerate() {
            let place = format!("calls[{i}]");
            let at = match self.strictness {
                Strictness::Exact => (!left.is_empty()).then_some(0),
                // Calls that are made together may arrive in another order.
                Strictness::Named => left
                    .iter()
                    .position(|seen| matches(call, seen) && has_body(call, seen))
                    .or_else(|| left.iter().position(|seen| matches(call, seen))),
            };
            match at.map(|at| left.remove(at)) {
                Some(next) if call.upstream == next.upstream => self.call(&place, call, next),
                Some(next) => self.add(
                    format!("{place}.upstream"),
                    call.upstream.clone(),
                    next.upstream.clone(),
                ),
                None => self.add(place, format!("{call:?}"), format!("{seen:?}")),
            }
        }
        if let (Strictness::Exact, Some(more)) = (self.strictness, left.first()) {
            self.add(
                "calls".to_owned(),
                "no more".to_owned(),
                format!("{more:?}"),
            );
        }
    }

    fn call(&mut self, place: &str, expected: &ExpectedCall, seen: &ObservedCall) {
        for (name, wanted) in &expected.headers {
            let values = all_values(&seen.headers, name);
            if wanted.0 != values {
                let place = format!("{place}.headers.{name}");
                self.add(place, format!("{:?}", wanted.0), format!("{values:?}"));
            }
        }
        if let Some(body) = &expected.body {
            self.body(place, body, &seen.body);
        }
    }

    fn body(&mut self, place: &str, expected: &ExpectedBody, seen: &[u8]) {
        if !is_body(expected, seen) {
            let seen = seen.escape_ascii().to_string();
            self.add(format!("{place}.body"), format!("{expected:?}"), seen);
        }
    }

    fn counters(
        &mut self,
        filter: &str,
        expected: &BTreeMap<String, u64>,
        seen: &BTreeMap<String, u64>,
    ) {
        let prefix = format!("hachure.{filter}.");
        let short = |name: &String| name.strip_prefix(&prefix).unwrap_or(name).to_owned();
        let seen = seen.iter().map(|(name, n)| (short(name), *n)).collect();
        self.pairs("counters", expected, &seen);
    }

    fn pairs<T: fmt::Debug + PartialEq>(
        &mut self,
        place: &str,
        expected: &BTreeMap<String, T>,
        seen: &BTreeMap<String, T>,
    ) {
        let names: BTreeSet<_> = expected.keys().chain(seen.keys()).collect();
        for name in names {
            let (wanted, got) = (expected.get(name), seen.get(name));
            if wanted != got {
                let shown = |v: Option<&T>| v.map_or("nothing".to_owned(), |v| format!("{v:?}"));
                self.add(format!("{place}.{name}"), shown(wanted), shown(got));
            }
        }
    }
}

/// Whether it is that call: then its header that differs says more than a call that is missing.
fn matches(expected: &ExpectedCall, seen: &ObservedCall) -> bool {
    let path = |name: &str, wanted: &Vec<Text>| all_values(&seen.headers, name) == *wanted;
    let by_path = expected.headers.get(":path");
    expected.upstream == seen.upstream && by_path.is_none_or(|value| path(":path", &value.0))
}

fn has_body(expected: &ExpectedCall, seen: &ObservedCall) -> bool {
    let body = expected.body.as_ref();
    body.is_none_or(|body| is_body(body, &seen.body))
}

fn is_body(expected: &ExpectedBody, seen: &[u8]) -> bool {
    match expected {
        ExpectedBody::Text(text) => text.0 == seen,
        ExpectedBody::Json(json) => serde_json::from_slice(seen).ok().as_ref() == Some(json),
    }
}

fn all_values(headers: &HeaderMap, name: &str) -> Vec<Text> {
    headers
        .values(name)
        .map(|value| Text(value.to_vec()))
        .collect()
}
