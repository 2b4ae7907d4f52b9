//! What Envoy does with a path before filters and routes see it.

use serde_json::{Value, json};

/// How Envoy treats paths.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum PathHandling {
    /// Dot segments are resolved, repeated slashes merged, and a path with `%2F` or `%5C` is
    /// answered with a redirect to its decoded form: what filters, routes and the upstream see is
    /// one and the same. Envoy's own advice for an edge proxy.
    #[default]
    Canonical,
    /// As the client sent it. For tests of what the filters make of such paths.
    AsSent,
}

impl PathHandling {
    /// The fields of the HTTP connection manager.
    pub(crate) fn fields(self) -> [(&'static str, Value); 3] {
        let canonical = self == Self::Canonical;
        let slashes = if canonical {
            "UNESCAPE_AND_REDIRECT"
        } else {
            "KEEP_UNCHANGED"
        };
        [
            ("normalize_path", json!(canonical)),
            ("merge_slashes", json!(canonical)),
            ("path_with_escaped_slashes_action", json!(slashes)),
        ]
    }
}
