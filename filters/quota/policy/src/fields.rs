//! What responses say about the limits.

use hachure_exchange::Exchange;

use crate::algorithm::Standing;
use crate::config::Fields;

const NANOS: u64 = 1_000_000_000;

/// Where a request stands with one limit.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shown<'a> {
    /// The limit's name: nothing of it needs an escape in a structured field.
    pub(crate) name: &'a str,
    /// What [`policy`] made of it.
    pub(crate) policy: &'a str,
    pub(crate) quota: u64,
    pub(crate) window: u64,
    pub(crate) standing: Standing,
}

/// Seconds, rounded up: a client that waits so long has waited long enough.
pub(crate) fn seconds(nanoseconds: u64) -> u64 {
    nanoseconds.div_ceil(NANOS)
}

/// Writes the fields of one kind; `shown` holds at least one limit.
pub(crate) fn write(fields: Fields, shown: &[Shown<'_>], x: &mut Exchange<'_>) {
    match fields {
        Fields::Ietf => {
            // Lists: those of the upstream stay, and a client sees both.
            let policy = |shown: &Shown<'_>, out: &mut String| out.push_str(shown.policy);
            put(x, "ratelimit-policy", &list(shown, policy), true);
            put(x, "ratelimit", &list(shown, limit), true);
        }
        Fields::Draft03 | Fields::XRateLimit => {
            let least = shown.iter().min_by_key(|shown| shown.standing.remaining);
            let Some(least) = least else {
                return;
            };
            let mut quota = least.quota.to_string();
            if fields == Fields::Draft03 {
                quota.push_str(", ");
                quota.push_str(&list(shown, draft03));
            }
            put(x, "x-ratelimit-limit", &quota, false);
            let remaining = least.standing.remaining.to_string();
            put(x, "x-ratelimit-remaining", &remaining, false);
            let reset = seconds(least.standing.reset).to_string();
            put(x, "x-ratelimit-reset", &reset, false);
        }
    }
}

/// A list of structured fields' strings with parameters (RFC 9651, 3.1), or of numbers.
pub(crate) fn list(shown: &[Shown<'_>], member: fn(&Shown<'_>, &mut String)) -> String {
    // As long as most are: what grows is copied.
    let mut out = String::with_capacity(shown.len().saturating_mul(64));
    for (i, one) in shown.iter().enumerate() {
        if i > 0 {
            out.push_str(", ");
        }
        member(one, &mut out);
    }
    out
}

/// `"name";r=17`: what is left.
pub(crate) fn left(shown: &Shown<'_>, out: &mut String) {
    name(shown.name, out);
    parameter(out, ";r=", shown.standing.remaining);
}

/// `"name";q=100;w=60`: what a limit gives in a window.
pub(crate) fn policy(limit: &str, quota: u64, window: u64) -> String {
    let mut out = String::new();
    name(limit, &mut out);
    parameter(&mut out, ";q=", quota);
    parameter(&mut out, ";w=", window);
    out
}

fn limit(shown: &Shown<'_>, out: &mut String) {
    left(shown, out);
    parameter(out, ";t=", seconds(shown.standing.reset));
}

fn draft03(shown: &Shown<'_>, out: &mut String) {
    out.push_str(&shown.quota.to_string());
    parameter(out, ";w=", shown.window);
}

fn name(limit: &str, out: &mut String) {
    for part in ["\"", limit, "\""] {
        out.push_str(part);
    }
}

fn parameter(out: &mut String, name: &str, value: u64) {
    out.push_str(name);
    out.push_str(&value.to_string());
}

/// Digits, names of limits and punctuation make no value that a message cannot carry.
fn put(x: &mut Exchange<'_>, name: &str, value: &str, beside_others: bool) {
    let _ = match beside_others {
        true => x.add(name, value),
        false => x.set(name, value),
    };
}
