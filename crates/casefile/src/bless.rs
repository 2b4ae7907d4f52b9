//! Rewrites what a case expects to what was seen. Run by a person who then reads the difference;
//! never by CI.

use std::collections::{BTreeMap, BTreeSet};

use hachure_exchange::HeaderMap;
use hachure_yaml::{Document, Segment};
use serde_json::Value;

use crate::expect::{Expect, ExpectedBody, ExpectedCall, ExpectedMessage, ExpectedValue};
use crate::message::Text;
use crate::observed::{Observed, ObservedCall, Seen};

/// The case file `text` with the expectation of each step made from what was seen there.
///
/// Everything else, comments included, stays byte for byte. An `expect` that does not begin a
/// line of its own is an error.
pub fn bless(text: &str, filter: &str, seen: &[Observed]) -> Result<String, String> {
    let mut text = text.to_owned();
    // From the last step to the first: an edit moves only the lines below it.
    for (step, seen) in seen.iter().enumerate().rev() {
        let expect = serde_json::to_value(expectation(filter, seen)).map_err(|e| e.to_string())?;
        let document = hachure_yaml::parse(&text).map_err(|e| e.to_string())?;
        text = replace(&text, &document, step, &expect)?;
    }
    Ok(text)
}

/// The case file `text` with that config error.
pub fn bless_config_error(text: &str, error: &str) -> Result<String, String> {
    let document = hachure_yaml::parse(text).map_err(|e| e.to_string())?;
    let place = document
        .key_position("configError")
        .ok_or("there is no configError to rewrite")?;
    let line = format!("configError: {}", Value::from(error));
    Ok(splice(text, block(text, place.line, 0), &[line]))
}

fn expectation(filter: &str, seen: &Observed) -> Expect {
    let prefix = format!("hachure.{filter}.");
    let short = |name: &String| name.strip_prefix(&prefix).unwrap_or(name).to_owned();
    let counters = seen
        .counters
        .iter()
        .map(|(name, n)| (short(name), *n))
        .collect();
    let state = seen.state.clone().unwrap_or_default();
    let calls = seen.calls.iter().map(call).collect();
    if seen.replied {
        let reply = Some(reply(&seen.response));
        // Named even where nothing changed in it: that the upstream saw the request counts.
        let upstream = seen.upstream.as_ref();
        let upstream = upstream.map(|seen| changes(seen).unwrap_or_default());
        return Expect {
            reply,
            upstream,
            counters,
            calls,
            state,
            ..Expect::default()
        };
    }
    let upstream = seen.upstream.as_ref().and_then(changes);
    let response = changes(&seen.response);
    Expect {
        reply: None,
        upstream,
        response,
        counters,
        calls,
        state,
    }
}

fn call(seen: &ObservedCall) -> ExpectedCall {
    ExpectedCall {
        upstream: seen.upstream.clone(),
        headers: differing(&HeaderMap::new(), &seen.headers),
        body: body(&seen.body),
    }
}

fn reply(seen: &Seen) -> ExpectedMessage {
    let mut headers = differing(&HeaderMap::new(), &seen.after);
    let status = headers.remove(":status").and_then(|value| {
        let text = value.0.into_iter().next()?;
        str::from_utf8(&text.0).ok()?.parse().ok()
    });
    ExpectedMessage {
        status,
        headers,
        body: body(&seen.body),
    }
}

fn body(seen: &[u8]) -> Option<ExpectedBody> {
    match serde_json::from_slice(seen) {
        Ok(json @ Value::Object(_)) => Some(ExpectedBody::Json(json)),
        _ if seen.is_empty() => None,
        _ => Some(ExpectedBody::Text(Text(seen.to_vec()))),
    }
}

fn changes(seen: &Seen) -> Option<ExpectedMessage> {
    let headers = differing(&seen.before, &seen.after);
    let changed = seen.body != seen.body_before;
    // Byte for byte: numbers and the order of members count.
    let body = changed.then(|| ExpectedBody::Text(Text(seen.body.clone())));
    (!headers.is_empty() || changed).then(|| ExpectedMessage {
        headers,
        body,
        ..ExpectedMessage::default()
    })
}

fn differing(before: &HeaderMap, after: &HeaderMap) -> BTreeMap<String, ExpectedValue> {
    let name = |name: &[u8]| String::from_utf8_lossy(name).to_ascii_lowercase();
    let names: BTreeSet<String> = before
        .iter()
        .chain(after.iter())
        .map(|(n, _)| name(n))
        .collect();
    let values = |map: &HeaderMap, name: &str| {
        ExpectedValue(map.values(name).map(|value| Text(value.to_vec())).collect())
    };
    names
        .into_iter()
        .map(|name| (values(before, &name), values(after, &name), name))
        .filter(|(before, after, _)| before != after)
        .map(|(_, after, name)| (name, after))
        .collect()
}

fn replace(text: &str, document: &Document, step: usize, expect: &Value) -> Result<String, String> {
    let path = [Segment::Key("steps"), Segment::Index(step)];
    let key = [path[0], path[1], Segment::Key("expect")];
    let request = [path[0], path[1], Segment::Key("request")];
    let first = document
        .key_position(&request)
        .ok_or("a step has no request")?;
    let indent = first.column.saturating_sub(1);
    let mut lines = vec![];
    emit_member("expect", expect, indent, &mut lines);
    if expect.as_object().is_some_and(serde_json::Map::is_empty) {
        lines.clear();
    }
    let range = match document.key_position(&key) {
        Some(place) if place.column.saturating_sub(1) != indent => {
            return Err(format!(
                "steps[{step}].expect must begin a line of its own to be blessed"
            ));
        }
        Some(place) => block(text, place.line, indent),
        None => {
            let end = step_end(text, first.line, indent);
            (end, end)
        }
    };
    Ok(splice(text, range, &lines))
}

/// The lines (from 0, end exclusive) of the block whose key stands in `line` (from 1) at `indent`.
fn block(text: &str, line: usize, indent: usize) -> (usize, usize) {
    (
        line.saturating_sub(1),
        end_of(text, line, |line| indentation(line) > indent),
    )
}

/// Where the step ends whose first key stands in `line` (from 1) at `indent`.
fn step_end(text: &str, line: usize, indent: usize) -> usize {
    end_of(text, line, |line| {
        indentation(line) >= indent && !line.trim_start().starts_with("- ")
    })
}

/// The line after the last of those that follow `line` and belong to it; blank ones between them
/// belong too, trailing ones do not.
fn end_of(text: &str, line: usize, belongs: impl Fn(&str) -> bool) -> usize {
    let mut end = line;
    for (i, line) in text.lines().enumerate().skip(line) {
        if line.trim().is_empty() {
            continue;
        }
        if !belongs(line) {
            break;
        }
        end = i.saturating_add(1);
    }
    end
}

fn indentation(line: &str) -> usize {
    line.len()
        .saturating_sub(line.trim_start_matches(' ').len())
}

fn splice(text: &str, (start, end): (usize, usize), lines: &[String]) -> String {
    let head = text.lines().take(start);
    let tail = text.lines().skip(end);
    let all: Vec<&str> = head
        .chain(lines.iter().map(String::as_str))
        .chain(tail)
        .collect();
    all.join("\n") + "\n"
}

/// One member as block YAML; scalars as JSON, which YAML reads the same.
fn emit_member(key: &str, value: &Value, indent: usize, out: &mut Vec<String>) {
    let simple = key.starts_with(|c: char| c.is_ascii_lowercase())
        && key
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "-._".contains(c));
    let key = if simple {
        key.to_owned()
    } else {
        Value::from(key).to_string()
    };
    let pad = " ".repeat(indent);
    match value {
        // A JSON body stands on one line: it is compared as a whole.
        Value::Object(members) if key != "json" && !members.is_empty() => {
            out.push(format!("{pad}{key}:"));
            for (key, value) in members {
                emit_member(key, value, indent.saturating_add(2), out);
            }
        }
        other => out.push(format!("{pad}{key}: {other}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Case, Strictness, compare};

    const CASE: &str = "\
title: t
config: {a: 1}
steps:
  # the first
  - request:
      headers: {\":method\": GET}
    expect:
      reply: {status: 500}

  - request: {headers: {\":method\": GET}}
  # after
";

    fn observed() -> Observed {
        let after = [(":status", "403"), ("x-a", "1"), ("x-a", "2")]
            .into_iter()
            .collect();
        let response = Seen {
            before: HeaderMap::new(),
            after,
            body_before: vec![],
            body: b"{\"r\":1}".to_vec(),
        };
        let counters = [("hachure.f.refused.reason.x".to_owned(), 1)].into();
        Observed {
            replied: true,
            response,
            counters,
            state: Some(BTreeMap::new()),
            ..Observed::default()
        }
    }

    #[test]
    fn a_blessed_case_passes_and_the_rest_of_the_text_stays() {
        let seen = [observed(), observed()];
        let blessed = bless(CASE, "f", &seen).unwrap();
        let case = Case::parse(&blessed).unwrap();
        for (step, seen) in case.steps.iter().zip(&seen) {
            assert_eq!(compare("f", &step.expect, seen, Strictness::Exact), []);
        }
        for kept in ["  # the first\n", "  # after\n", "config: {a: 1}\n"] {
            assert!(blessed.contains(kept), "{blessed}");
        }
        assert_eq!(bless(&blessed, "f", &seen).unwrap(), blessed);
    }

    #[test]
    fn nothing_seen_is_nothing_expected() {
        let quiet = Observed {
            state: Some(BTreeMap::new()),
            ..Observed::default()
        };
        let blessed = bless(CASE, "f", &[quiet.clone(), quiet]).unwrap();
        assert!(!blessed.contains("expect"), "{blessed}");
    }

    #[test]
    fn a_config_error_is_rewritten() {
        let text = "title: t\nconfig: {}\nconfigError: old\n";
        let blessed = bless_config_error(text, "a: \"b\"").unwrap();
        assert_eq!(
            Case::parse(&blessed).unwrap().config_error.as_deref(),
            Some("a: \"b\"")
        );
    }
}
