//! Whether a rule applies.

use hachure_config::RequestPath;
use hachure_exchange::{Exchange, Property};

use crate::config::{PathMatch, ReplySource, When};
use crate::facts::{Facts, Pseudo};

/// What Envoy's router says of an answer of the upstream.
const VIA_UPSTREAM: &[u8] = b"via_upstream";

impl When {
    /// Whether a condition on the request is among them.
    pub(crate) fn asks_request(&self) -> bool {
        self.method.is_some()
            || self.path.is_some()
            || self.host.is_some()
            || !self.query.is_empty()
            || !self.request_headers.is_empty()
    }

    /// Whether the conditions on the request hold. Cheap ones first: the header map is read last.
    pub(crate) fn request_holds(&self, facts: &mut Facts<'_, '_>) -> bool {
        if let Some(condition) = &self.method {
            let method = facts.pseudo(Pseudo::Method).into_iter();
            if condition.holds_for(method) != Some(true) {
                return false;
            }
        }
        if let Some(condition) = &self.path {
            let holds = facts.path().and_then(|path| condition.holds(path));
            if holds != Some(true) {
                return false;
            }
        }
        if let Some(condition) = &self.host {
            let host = facts.host();
            if condition.holds_for(host.as_deref().into_iter()) != Some(true) {
                return false;
            }
        }
        self.query_holds(facts)
            && self.request_headers.iter().all(|field| {
                let values = facts.x.headers().values(&field.name);
                field.value.holds_for(values) == Some(true)
            })
    }

    fn query_holds(&self, facts: &mut Facts<'_, '_>) -> bool {
        self.query.iter().all(|field| {
            let values = facts.query(&field.name);
            field.value.holds_for(values.iter().map(Vec::as_slice)) == Some(true)
        })
    }

    /// Whether the conditions on the response hold.
    pub(crate) fn response_holds(&self, x: &mut Exchange<'_>) -> bool {
        if let Some(ranges) = &self.status {
            let fits = x
                .status()
                .is_some_and(|status| ranges.iter().any(|r| r.contains(status)));
            if !fits {
                return false;
            }
        }
        if let Some(source) = self.source {
            let details = x.property(Property::ResponseCodeDetails);
            let upstream = details.as_deref() == Some(VIA_UPSTREAM);
            if upstream != (source == ReplySource::Upstream) {
                return false;
            }
        }
        self.response_headers.iter().all(|field| {
            let values = x.headers().values(&field.name);
            field.value.holds_for(values) == Some(true)
        })
    }
}

impl PathMatch {
    /// Whether the path fits; none where servers may read it in two ways.
    pub(crate) fn holds(&self, path: RequestPath<'_>) -> Option<bool> {
        match self {
            Self::Exact(pattern) => pattern.is(path).ok(),
            Self::Prefix(pattern) => pattern.is_prefix_of(path).ok(),
            Self::Suffix(text) => decoded(path).map(|path| path.ends_with(text.as_bytes())),
            Self::Regex(pattern) => decoded(path).and_then(|path| pattern.is_whole(&path)),
            Self::Template(template) => template.fits(path),
            Self::Not(inner) => inner.holds(path).map(|holds| !holds),
        }
    }
}

/// The path with every segment decoded; none where it can be read in two ways, or where a decoded
/// segment holds a slash or a backslash, which must not become separators.
fn decoded(path: RequestPath<'_>) -> Option<Vec<u8>> {
    path.canonical().ok()?;
    let mut text = vec![];
    for segment in path.segments() {
        let segment = segment.plain().ok()?.decoded();
        if segment.iter().any(|b| matches!(b, b'/' | b'\\')) {
            return None;
        }
        text.push(b'/');
        text.extend_from_slice(&segment);
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn holds(condition: Value, target: &str) -> Option<bool> {
        let condition: PathMatch = hachure_config::from_value(condition).unwrap();
        condition.holds(RequestPath::new(target.as_bytes()))
    }

    #[test]
    fn suffix_and_regex_see_the_decoded_path() {
        assert_eq!(
            holds(json!({"suffix": ".json"}), "/a%2Ejson?x=.xml"),
            Some(true)
        );
        assert_eq!(holds(json!({"suffix": ".json"}), "/a.json/"), Some(false));
        assert_eq!(holds(json!({"regex": "/a/[0-9]+"}), "/%61/%31"), Some(true));
        assert_eq!(holds(json!({"regex": "/a"}), "/a/1"), Some(false));
        assert_eq!(holds(json!({"regex": "/a b"}), "/a%20b"), Some(true));
    }

    #[test]
    fn what_has_two_readings_holds_neither_way() {
        for target in ["/a/../b", "/a%2Fb", "/a%5Cb", "/b;x/a", "*", "//a"] {
            for condition in [json!({"suffix": "b"}), json!({"regex": ".*"})] {
                assert_eq!(holds(condition.clone(), target), None, "{target}");
                assert_eq!(holds(json!({"not": condition}), target), None, "{target}");
            }
        }
        assert_eq!(holds(json!({"not": {"prefix": "/a"}}), "/b"), Some(true));
        assert_eq!(holds(json!({"not": {"exact": "/a"}}), "/a/../b"), None);
    }
}
