//! The places in which a request may name its version.

mod media_type;
mod path;

use hachure_config::{NotCanonical, RequestPath, decode_form};
use hachure_exchange::{Exchange, HeaderMap, Reason, Single};

use crate::media_range::{MediaRange, ranges};
use crate::reasons;
use crate::versions::{Named, VersionId, Versions};

pub(crate) use media_type::{MediaTypes, Style};
pub(crate) use path::{Place, Template};

/// One place, compiled. `mediaType` in a config is two of them.
#[derive(Debug)]
pub(crate) enum Source {
    Path(Template),
    Header(String),
    Accept(MediaTypes),
    ContentType(MediaTypes),
    Query(String),
}

/// Why a source cannot be followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Problem {
    /// The path, where it matters, has more than one reading.
    NotCanonical(NotCanonical),
    /// Anything else.
    Because(&'static Reason),
}

impl From<NotCanonical> for Problem {
    fn from(why: NotCanonical) -> Self {
        Self::NotCanonical(why)
    }
}

impl Source {
    /// The version that a request names here; none where the source does not speak.
    pub(crate) fn read(
        &self,
        path: Option<RequestPath<'_>>,
        x: &mut Exchange<'_>,
        versions: &Versions,
        ended: impl Fn(VersionId) -> bool,
    ) -> Result<Option<VersionId>, Problem> {
        match self {
            Source::Path(template) => {
                let place = path
                    .map(|p| template.place(p, versions))
                    .transpose()?
                    .flatten();
                let named = place.map_or(Named::Nothing, |p| p.named);
                known(named, &reasons::UNKNOWN_IN_PATH)
            }
            Source::Query(name) => in_query(name, path, versions),
            Source::Header(name) => {
                let Some(headers) = holding(name, x) else {
                    return Ok(None);
                };
                let named = versions.find(one(headers, name)?);
                known(named, &reasons::UNKNOWN_IN_HEADER)
            }
            Source::Accept(types) => {
                let Some(headers) = holding("accept", x) else {
                    return Ok(None);
                };
                let named = types.asked(headers.values("accept"), versions, ended);
                known(named, &reasons::UNKNOWN_IN_ACCEPT)
            }
            Source::ContentType(types) => {
                let Some(headers) = holding("content-type", x) else {
                    return Ok(None);
                };
                let value = one(headers, "content-type")?;
                let named = |range: MediaRange<'_>| types.named(&range, versions).named;
                // Envoy joins repeated ones with a comma, which no single one has.
                if ranges(value).nth(1).is_some() {
                    let speaks = ranges(value).any(|range| named(range) != Named::Nothing);
                    let ambiguous = Problem::Because(&reasons::AMBIGUOUS);
                    return if speaks { Err(ambiguous) } else { Ok(None) };
                }
                known(
                    named(MediaRange::new(value)),
                    &reasons::UNKNOWN_IN_CONTENT_TYPE,
                )
            }
        }
    }

    /// The request header on which a response depends that this source has chosen, or could have.
    pub(crate) fn varies_by(&self) -> Option<&str> {
        match self {
            Source::Path(_) | Source::Query(_) => None,
            Source::Header(name) => Some(name),
            Source::Accept(_) => Some("Accept"),
            Source::ContentType(_) => Some("Content-Type"),
        }
    }
}

/// The headers, where `name` is among them: a test of presence is cheaper than all of them.
fn holding<'x>(name: &str, x: &'x mut Exchange<'_>) -> Option<&'x HeaderMap> {
    x.has(name).then(|| x.headers())
}

/// The value of a header that has one; two that differ are no version.
fn one<'h>(headers: &'h HeaderMap, name: &'h str) -> Result<&'h [u8], Problem> {
    match headers.single(name) {
        Single::One(value) => Ok(value.trim_ascii()),
        Single::Absent => Ok(b""),
        Single::Differing => Err(Problem::Because(&reasons::AMBIGUOUS)),
    }
}

fn in_query(
    name: &str,
    path: Option<RequestPath<'_>>,
    versions: &Versions,
) -> Result<Option<VersionId>, Problem> {
    let Some(path) = path else { return Ok(None) };
    let mut values = path
        .parameters()
        .filter(|p| p.is(name.as_bytes()))
        .map(|p| p.value);
    let Some(first) = values.next() else {
        return Ok(None);
    };
    if !values.all(|other| decode_form(other).eq(decode_form(first))) {
        return Err(Problem::Because(&reasons::AMBIGUOUS));
    }
    let text: Vec<u8> = decode_form(first).collect();
    known(versions.find(&text), &reasons::UNKNOWN_IN_QUERY)
}

fn known(named: Named<'_>, otherwise: &'static Reason) -> Result<Option<VersionId>, Problem> {
    match named {
        Named::Nothing => Ok(None),
        Named::Version(id, _) => Ok(Some(id)),
        Named::Unknown => Err(Problem::Because(otherwise)),
    }
}
