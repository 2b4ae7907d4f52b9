//! What the upstream of a version gets.

use hachure_config::{PathPattern, RequestPath};

use crate::source::{Place, Template};

/// The changes for one version's upstream.
#[derive(Debug, Default)]
pub(crate) struct Upstream {
    pub(crate) path: Option<PathChange>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) media_type: Option<String>,
}

/// What stands in the path instead of the version.
#[derive(Debug)]
pub(crate) enum PathChange {
    /// Instead of everything up to and with the version.
    Prefix(PathPattern),
    /// Instead of the version's segment.
    Segment(String),
}

impl PathChange {
    /// The target with the change made at `place`. The bytes after the place and the tail stay.
    pub(crate) fn apply(&self, place: Place<'_>, tail: &[u8]) -> Vec<u8> {
        let mut target = match self {
            PathChange::Prefix(prefix) => prefix.as_str().trim_end_matches('/').into(),
            PathChange::Segment(segment) => [place.before, b"/", segment.as_bytes()].concat(),
        };
        target.extend_from_slice(place.after);
        if target.is_empty() {
            target.push(b'/');
        }
        target.extend_from_slice(tail);
        target
    }

    /// Whether `path` is one of the upstream's own, which a redirect may name. A prefix of `/`
    /// tells nothing.
    pub(crate) fn is_made<'t>(
        &self,
        path: RequestPath<'_>,
        mut templates: impl Iterator<Item = &'t Template>,
    ) -> bool {
        match self {
            PathChange::Prefix(prefix) if prefix.as_str() == "/" => false,
            PathChange::Prefix(prefix) => prefix.is_prefix_of(path).unwrap_or(false),
            PathChange::Segment(segment) => templates.any(|t| t.holds(path, segment)),
        }
    }
}
