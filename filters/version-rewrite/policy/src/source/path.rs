//! The version in the path.

use hachure_config::{NotCanonical, RequestPath, Segment, Segments};

use crate::names::{Affixes, looks_like_a_version};
use crate::versions::{Named, Versions};

/// A path template, `/api/v{version}/`: whole segments, one of which holds the version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Template {
    /// Segments before the version, decoded.
    parents: Vec<Vec<u8>>,
    /// The version's segment.
    version: Affixes,
    /// Segments that must follow it, decoded.
    children: Vec<Vec<u8>>,
}

/// Where the version stands in a path, or would stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place<'a> {
    /// The path before it, without the slash, as it was sent: `/api`.
    pub(crate) before: &'a [u8],
    /// The path after it, as it was sent: empty, or with its slash.
    pub(crate) after: &'a [u8],
    /// What the version's segment names.
    pub(crate) named: Named<'a>,
}

impl Template {
    /// Reads a template, or says what is expected instead.
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        const EXPECTED: &str = "a path as /api/v{version}: {version} once, no % beside it, no dot segment, //, ;, ? or #";
        let Affixes { before, after } = Affixes::parse(text).ok_or(EXPECTED)?;
        let stand_in = format!("{before}0{after}");
        let path = RequestPath::new(stand_in.as_bytes());
        let (parents, prefix) = before.rsplit_once('/').ok_or(EXPECTED)?;
        let end = after.find('/').unwrap_or(after.len());
        let (suffix, children) = after.split_at_checked(end).unwrap_or_default();
        let is_plain = !stand_in.contains(';') && !prefix.contains('%') && !suffix.contains('%');
        if !is_plain || path.canonical().is_err() || !path.tail().is_empty() {
            return Err(EXPECTED);
        }
        Ok(Self {
            parents: decoded(parents),
            version: Affixes {
                before: prefix.to_owned(),
                after: suffix.to_owned(),
            },
            children: decoded(children),
        })
    }

    /// Where the version stands in `path`; none where the path is outside the template. An error
    /// where a segment that decides has parameters.
    pub(crate) fn place<'a>(
        &self,
        path: RequestPath<'a>,
        versions: &'a Versions,
    ) -> Result<Option<Place<'a>>, NotCanonical> {
        let mut segments = path.segments();
        if !same_segments(&self.parents, &mut segments)? {
            return Ok(None);
        }
        let length = |segment: Segment<'_>| segment.raw().len().saturating_add(1);
        let parents = path.segments().take(self.parents.len());
        let start = parents.map(length).fold(0, usize::saturating_add);
        let (before, rest) = path.path().split_at_checked(start).unwrap_or_default();
        let mut children = segments.clone();
        let segment = segments.next().map(Segment::plain).transpose()?;
        let named = segment.and_then(|s| self.version_in(&s.decoded(), versions));
        let (after, named) = match (segment, named) {
            (Some(segment), Some(named)) => {
                children = segments;
                (rest.get(length(segment)..).unwrap_or_default(), named)
            }
            _ => (rest, Named::Nothing),
        };
        let inside = same_segments(&self.children, &mut children)?;
        Ok(inside.then_some(Place {
            before,
            after,
            named,
        }))
    }

    /// Whether the segment where the version stands is `text`.
    pub(crate) fn holds(&self, path: RequestPath<'_>, text: &str) -> bool {
        let mut segments = path.segments();
        let parents = same_segments(&self.parents, &mut segments).unwrap_or(false);
        parents
            && segments
                .next()
                .is_some_and(|segment| segment.is(text.as_bytes()))
    }

    /// How many segments stand before the version: more is more specific.
    pub(crate) fn depth(&self) -> usize {
        self.parents.len()
    }

    fn version_in<'v>(&self, text: &[u8], versions: &'v Versions) -> Option<Named<'v>> {
        let text = self.version.version_in(text, |a, b| a == b)?;
        match versions.find(text) {
            Named::Unknown if looks_like_a_version(text) => Some(Named::Unknown),
            Named::Unknown | Named::Nothing => None,
            known => Some(known),
        }
    }
}

fn same_segments(wanted: &[Vec<u8>], found: &mut Segments<'_>) -> Result<bool, NotCanonical> {
    for wanted in wanted {
        match found.next() {
            Some(segment) if segment.plain()?.is(wanted) => {}
            _ => return Ok(false),
        }
    }
    Ok(true)
}

/// The segments of a path of the config, decoded, without an empty one at the end.
fn decoded(path: &str) -> Vec<Vec<u8>> {
    let mut all = vec![];
    for segment in RequestPath::new(path.as_bytes()).segments() {
        if !segment.raw().is_empty() {
            all.push(segment.decoded().into_owned());
        }
    }
    all
}
