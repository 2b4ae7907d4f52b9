//! Which route a request takes, by the configuration's own matchers.

mod header;
mod host;
mod path;

use serde_json::Value;

use crate::inspect::dump::{list, text};
use crate::inspect::manager::Manager;
use crate::inspect::request::Request;
use crate::inspect::routes::{self, Route};

/// Whether something matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    Yes,
    No,
    /// That cannot be told from a method and a URL, because of this.
    Unknown(String),
}

/// A route that a request takes, or may take.
pub(super) struct Candidate<'m, 'd> {
    pub(super) manager: &'m Manager<'d>,
    pub(super) route: Route<'d>,
    /// Why it is not certain; empty where it is.
    pub(super) unless: String,
}

/// The routes that a request may take: those of which it cannot be told, up to the first that it
/// surely takes. And what is to be said of the way there.
pub(super) fn find<'m, 'd>(
    managers: &'m [Manager<'d>],
    request: &Request,
) -> (Vec<Candidate<'m, 'd>>, Vec<String>) {
    let mut notes = vec![];
    let mut candidates = vec![];
    for manager in host::managers(managers, request, &mut notes) {
        if manager.normalizes && !path::is_canonical(&request.path) {
            notes.push(
                "Envoy makes this path canonical first: ask with the canonical one".to_owned(),
            );
        }
        let Some(host) = manager.table.and_then(|table| host::of(table, request)) else {
            continue;
        };
        let of_host = routes::all(manager)
            .into_iter()
            .filter(|route| std::ptr::eq(route.host, host));
        for route in of_host {
            let unless = match verdict(&route, request) {
                Verdict::No => continue,
                Verdict::Yes => String::new(),
                Verdict::Unknown(why) => why,
            };
            let is_certain = unless.is_empty();
            candidates.push(Candidate {
                manager,
                route,
                unless,
            });
            if is_certain {
                break;
            }
        }
    }
    (candidates, notes)
}

fn verdict(route: &Route<'_>, request: &Request) -> Verdict {
    let matcher = route.route.get("match").unwrap_or(&Value::Null);
    let mut verdicts = vec![path::verdict(matcher, request)];
    verdicts.extend(list(matcher, "headers").map(|one| header::verdict(one, request)));
    verdicts.extend(list(matcher, "query_parameters").map(|one| header::of_query(one, request)));
    for (key, what) in [
        ("dynamic_metadata", "metadata"),
        ("filter_state", "filter state"),
        ("tls_context", "the client's certificate"),
        ("cookies", "cookies"),
    ] {
        if matcher.get(key).is_some() {
            verdicts.push(Verdict::Unknown(format!("it looks at {what}")));
        }
    }
    if matcher.get("grpc").is_some() {
        // A URL is no gRPC call.
        verdicts.push(Verdict::No);
    }
    if let Some(fraction) = matcher.get("runtime_fraction") {
        let key = text(fraction, "/runtime_key");
        verdicts.push(Verdict::Unknown(format!(
            "it takes a share of requests ({key})"
        )));
    }
    all(verdicts)
}

/// Whether everything matches.
fn all(verdicts: Vec<Verdict>) -> Verdict {
    if verdicts.contains(&Verdict::No) {
        return Verdict::No;
    }
    let unknown = verdicts
        .into_iter()
        .find(|verdict| *verdict != Verdict::Yes);
    unknown.unwrap_or(Verdict::Yes)
}

/// Whether an `envoy.type.matcher.v3.StringMatcher` takes a text.
fn string(matcher: &Value, value: &str) -> Verdict {
    let folds = matcher.get("ignore_case") == Some(&Value::Bool(true));
    let folded = |text: &str| {
        if folds {
            text.to_ascii_lowercase()
        } else {
            text.to_owned()
        }
    };
    let value = folded(value);
    let wanted = |key: &str| matcher.get(key).and_then(Value::as_str).map(folded);
    let is = if let Some(exact) = wanted("exact") {
        value == exact
    } else if let Some(prefix) = wanted("prefix") {
        value.starts_with(&prefix)
    } else if let Some(suffix) = wanted("suffix") {
        value.ends_with(&suffix)
    } else if let Some(part) = wanted("contains") {
        value.contains(&part)
    } else if let Some(regex) = matcher.pointer("/safe_regex/regex").and_then(Value::as_str) {
        return whole(regex, &value);
    } else {
        return Verdict::Unknown("it has a matcher that this command does not know".to_owned());
    };
    if is { Verdict::Yes } else { Verdict::No }
}

/// Whether a regular expression takes a whole text.
fn whole(regex: &str, text: &str) -> Verdict {
    match regex_lite::Regex::new(&format!("^(?:{regex})$")) {
        Ok(compiled) if compiled.is_match(text) => Verdict::Yes,
        Ok(_) => Verdict::No,
        Err(_) => Verdict::Unknown(format!("the regular expression {regex} is Envoy's alone")),
    }
}
