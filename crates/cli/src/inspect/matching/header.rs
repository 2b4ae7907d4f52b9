//! Headers and query parameters.

use serde_json::{Value, json};

use super::{Verdict, string};
use crate::inspect::dump::text;
use crate::inspect::request::Request;

/// Whether an `envoy.config.route.v3.HeaderMatcher` takes the request. Headers that a URL does not
/// hold are absent.
pub(super) fn verdict(matcher: &Value, request: &Request) -> Verdict {
    let inverts = matcher.get("invert_match") == Some(&Value::Bool(true));
    let value = request.header(text(matcher, "/name"));
    let verdict = if let Some(present) = matcher.get("present_match").and_then(Value::as_bool) {
        known(present == value.is_some())
    } else {
        let empty = matcher.get("treat_missing_header_as_empty") == Some(&Value::Bool(true));
        match value.or_else(|| empty.then(String::new)) {
            Some(value) => of_value(matcher, &value),
            // An absent header is nothing to invert.
            None => return Verdict::No,
        }
    };
    match verdict {
        Verdict::Yes if inverts => Verdict::No,
        Verdict::No if inverts => Verdict::Yes,
        verdict => verdict,
    }
}

/// Whether an `envoy.config.route.v3.QueryParameterMatcher` does.
pub(super) fn of_query(matcher: &Value, request: &Request) -> Verdict {
    let value = request.parameter(text(matcher, "/name"));
    if let Some(present) = matcher.get("present_match").and_then(Value::as_bool) {
        return known(present == value.is_some());
    }
    match (matcher.get("string_match"), value) {
        (_, None) => Verdict::No,
        (Some(matcher), Some(value)) => string(matcher, value),
        (None, Some(_)) => Verdict::Yes,
    }
}

fn of_value(matcher: &Value, value: &str) -> Verdict {
    if let Some(matcher) = matcher.get("string_match") {
        return string(matcher, value);
    }
    if let Some(range) = matcher.get("range_match") {
        let number = |key: &str| range.get(key).and_then(integer).unwrap_or_default();
        let value = value.parse::<i64>();
        return known(value.is_ok_and(|value| value >= number("start") && value < number("end")));
    }
    // The older spelling.
    let older = [
        ("exact_match", "exact"),
        ("prefix_match", "prefix"),
        ("suffix_match", "suffix"),
        ("contains_match", "contains"),
        ("safe_regex_match", "safe_regex"),
    ];
    let found = older
        .iter()
        .find_map(|(key, now)| Some(json!({*now: matcher.get(*key)?})));
    match found {
        Some(matcher) => string(&matcher, value),
        // A name alone asks for presence.
        None => Verdict::Yes,
    }
}

/// JSON of protobuf writes 64 bits as a string.
fn integer(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

fn known(is: bool) -> Verdict {
    if is { Verdict::Yes } else { Verdict::No }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is(matcher: &Value) -> Verdict {
        let request = Request::read("GET", "http://a/b?x=1").unwrap();
        verdict(matcher, &request)
    }

    #[test]
    fn headers_match_as_in_envoy() {
        let get = json!({"name": ":method", "string_match": {"safe_regex": {"regex": "GET|PUT"}}});
        assert_eq!(is(&get), Verdict::Yes);
        assert_eq!(
            is(&json!({"name": ":method", "exact_match": "PUT"})),
            Verdict::No
        );
        let absent = json!({"name": "x-a", "string_match": {"exact": ""}, "invert_match": true});
        assert_eq!(is(&absent), Verdict::No);
        assert_eq!(
            is(&json!({"name": "x-a", "present_match": false})),
            Verdict::Yes
        );
        assert_eq!(
            is(&json!({"name": "x-a", "present_match": true, "invert_match": true})),
            Verdict::Yes
        );
        let odd = json!({"name": ":path", "string_match": {"safe_regex": {"regex": "(?P<a"}}});
        assert!(matches!(is(&odd), Verdict::Unknown(_)));
    }

    #[test]
    fn parameters_match_as_in_envoy() {
        let request = Request::read("GET", "http://a/b?x=1").unwrap();
        let is = |matcher: Value| of_query(&matcher, &request);
        assert_eq!(
            is(json!({"name": "x", "string_match": {"exact": "1"}})),
            Verdict::Yes
        );
        assert_eq!(is(json!({"name": "y"})), Verdict::No);
        assert_eq!(
            is(json!({"name": "y", "present_match": false})),
            Verdict::Yes
        );
    }
}
