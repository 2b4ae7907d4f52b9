//! Paths.

use serde_json::Value;

use super::{Verdict, whole};
use crate::inspect::request::Request;

/// Whether the path of a route takes that of a request.
pub(super) fn verdict(matcher: &Value, request: &Request) -> Verdict {
    let wanted = |key: &str| matcher.get(key).and_then(Value::as_str);
    let folds = matcher.get("case_sensitive") == Some(&Value::Bool(false));
    let folded = |text: &str| {
        if folds {
            text.to_ascii_lowercase()
        } else {
            text.to_owned()
        }
    };
    let path = folded(&request.path);
    let is = if let Some(exact) = wanted("path") {
        path == folded(exact)
    } else if let Some(prefix) = wanted("path_separated_prefix") {
        let rest = path.strip_prefix(&folded(prefix));
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    } else if let Some(prefix) = wanted("prefix") {
        path.starts_with(&folded(prefix))
    } else if let Some(regex) = matcher.pointer("/safe_regex/regex").and_then(Value::as_str) {
        return whole(regex, &request.path);
    } else if matcher.get("connect_matcher").is_some() {
        request.method == "CONNECT"
    } else if matcher.get("path_match_policy").is_some() {
        return Verdict::Unknown("it matches paths by an extension".to_owned());
    } else {
        true
    };
    if is { Verdict::Yes } else { Verdict::No }
}

/// Whether Envoy leaves a path as it is.
pub(super) fn is_canonical(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    let escaped = ["%2f", "%5c", "%2e", "\\"]
        .iter()
        .any(|part| lower.contains(part));
    let dots = path
        .split('/')
        .any(|segment| segment == "." || segment == "..");
    !escaped && !dots && !path.contains("//")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn is(matcher: &Value, path: &str) -> bool {
        let request = Request::read("GET", &format!("http://a{path}")).unwrap();
        verdict(matcher, &request) == Verdict::Yes
    }

    #[test]
    fn paths_match_as_in_envoy() {
        assert!(is(&json!({"prefix": "/a"}), "/ab?x") && !is(&json!({"prefix": "/A"}), "/a"));
        assert!(is(&json!({"prefix": "/A", "case_sensitive": false}), "/a"));
        let below = json!({"path_separated_prefix": "/a"});
        assert!(is(&below, "/a") && is(&below, "/a/b") && !is(&below, "/ab"));
        assert!(is(&json!({"path": "/a"}), "/a?x=1") && !is(&json!({"path": "/a"}), "/a/"));
        let regex = json!({"safe_regex": {"regex": "/v[0-9]"}});
        assert!(is(&regex, "/v1") && !is(&regex, "/v1/x"));
        assert!(!is(&json!({"connect_matcher": {}}), "/"));
    }

    #[test]
    fn what_envoy_rewrites_is_not_canonical() {
        assert!(is_canonical("/a.b/c%20d"));
        for path in ["/a//b", "/a/../b", "/a%2Fb", "/a\\b", "/%2e"] {
            assert!(!is_canonical(path), "{path}");
        }
    }
}
