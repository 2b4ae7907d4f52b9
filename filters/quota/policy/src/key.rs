//! By what requests are told apart, read from one request.

mod address;

use hachure_config::{ClaimPath, PathTemplate, RequestPath, decode_form, encode_form, scalar_at};
use hachure_exchange::{Consumer, Exchange, Property, Reason, STATE_CLAIMS, Single};

use crate::reasons;

/// One part of a key.
#[derive(Debug, Clone)]
pub(crate) enum Part {
    Consumer,
    Label(String),
    Claim(ClaimPath),
    Header(String),
    Cookie(String),
    Query(String),
    Path(PathTemplate),
    Method,
    Address,
    Constant(String),
}

/// Why a request has no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoKey {
    /// A part is not there.
    Missing,
    /// A part can be read in two ways, and the request is refused.
    Because(&'static Reason),
}

/// The value of every part.
pub(crate) fn read(parts: &[Part], x: &mut Exchange<'_>) -> Result<Vec<Vec<u8>>, NoKey> {
    let mut values = vec![];
    for part in parts {
        values.push(part.read(x)?);
    }
    Ok(values)
}

/// Every value with its length in front of it: no two lists of values have the same bytes.
pub(crate) fn joined(values: &[Vec<u8>]) -> Vec<u8> {
    let mut key = vec![];
    for value in values {
        let length = u32::try_from(value.len()).unwrap_or(u32::MAX);
        key.extend_from_slice(&length.to_le_bytes());
        key.extend_from_slice(value);
    }
    key
}

impl Part {
    /// What a service calls it.
    pub(crate) fn name(&self) -> String {
        let (kind, name) = match self {
            Self::Consumer => ("consumer", ""),
            Self::Label(name) => ("label.", name.as_str()),
            Self::Claim(path) => return format!("claim.{path}"),
            Self::Header(name) => ("header.", name.as_str()),
            Self::Cookie(name) => ("cookie.", name.as_str()),
            Self::Query(name) => ("query.", name.as_str()),
            Self::Path(_) => ("path", ""),
            Self::Method => ("method", ""),
            Self::Address => ("address", ""),
            Self::Constant(_) => ("constant", ""),
        };
        [kind, name].concat()
    }

    /// The value of the part; an empty one is none.
    fn read(&self, x: &mut Exchange<'_>) -> Result<Vec<u8>, NoKey> {
        let value = match self {
            Self::Consumer => Consumer::name_in(x),
            Self::Label(name) => Consumer::label_in(x, name),
            Self::Claim(path) => claim(path, x),
            Self::Header(name) => match x.headers().single(name) {
                Single::Absent => None,
                Single::One(value) => Some(value.to_vec()),
                Single::Differing => return Err(NoKey::Because(&reasons::KEY_AMBIGUOUS)),
            },
            Self::Cookie(name) => only(cookies(name, x))?,
            Self::Query(name) => only(parameters(name, x))?,
            Self::Path(template) => path(template, x)?,
            Self::Method => x.unique(":method"),
            Self::Address => x
                .property(Property::SourceAddress)
                .and_then(|address| address::folded(&address)),
            Self::Constant(text) => Some(text.clone().into_bytes()),
        };
        value
            .filter(|value| !value.is_empty())
            .ok_or(NoKey::Missing)
    }
}

/// A string or a number among the claims that a filter before this one published.
pub(crate) fn claim(path: &ClaimPath, x: &mut Exchange<'_>) -> Option<Vec<u8>> {
    let claims = x.property(Property::FilterState(STATE_CLAIMS))?;
    let claim = scalar_at(&claims, path.names().iter().map(String::as_str))?;
    Some(claim.into_bytes())
}

/// The one value that there is, however often it is there.
fn only(values: Vec<Vec<u8>>) -> Result<Option<Vec<u8>>, NoKey> {
    let mut values = values.into_iter();
    let first = values.next();
    match values.all(|value| Some(&value) == first.as_ref()) {
        true => Ok(first),
        false => Err(NoKey::Because(&reasons::KEY_AMBIGUOUS)),
    }
}

/// The values of a cookie (RFC 6265, 5.4), without the quotes around them.
fn cookies(name: &str, x: &mut Exchange<'_>) -> Vec<Vec<u8>> {
    let pairs = x
        .headers()
        .values("cookie")
        .flat_map(|v| v.split(|b| *b == b';'));
    let values = pairs.filter_map(|pair| {
        let value = pair.trim_ascii().strip_prefix(name.as_bytes())?;
        let value = value
            .trim_ascii_start()
            .strip_prefix(b"=")?
            .trim_ascii_start();
        let quoted = value
            .strip_prefix(b"\"")
            .and_then(|v| v.strip_suffix(b"\""));
        Some(quoted.unwrap_or(value).to_vec())
    });
    values.collect()
}

fn parameters(name: &str, x: &mut Exchange<'_>) -> Vec<Vec<u8>> {
    let target = x.unique(":path").unwrap_or_default();
    RequestPath::new(&target)
        .parameters()
        .filter(|parameter| parameter.is(name.as_bytes()))
        .map(|parameter| decode_form(parameter.value).collect())
        .collect()
}

/// What stands for the names of a template, `/` before each: decoded and encoded again, so that a
/// name that is written in two ways is one.
fn path(template: &PathTemplate, x: &mut Exchange<'_>) -> Result<Option<Vec<u8>>, NoKey> {
    let Some(target) = x.unique(":path").filter(|target| target.starts_with(b"/")) else {
        return Ok(None);
    };
    let captured = template
        .captures(RequestPath::new(&target))
        .map_err(|_| NoKey::Because(&reasons::PATH_NOT_CANONICAL))?;
    Ok(captured.map(|segments| {
        let mut value = b"/".to_vec();
        for segment in segments {
            value.extend(encode_form(&segment.decoded()));
            value.push(b'/');
        }
        value
    }))
}
