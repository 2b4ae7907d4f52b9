//! Where a request carries its tokens.

use hachure_config::{QueryEdit, RequestPath, decode_form};
use hachure_exchange::{Exchange, HeaderMap};

/// Where tokens are unless the config says otherwise. Envoy joins repeated fields of it with a
/// comma when they arrive, so that [`Exchange::unique`] has them all.
pub(crate) const AUTHORIZATION: &str = "authorization";

/// A place in which a request may carry a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// A header, by its name in lower case, and what stands before the token.
    Header {
        name: String,
        prefix: String,
    },
    Cookie(String),
    Query(String),
}

/// What the places of a request hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Found {
    Nothing,
    /// One token, however often.
    Token(Vec<u8>),
    /// Tokens that differ, or a header that is there more than once.
    Ambiguous,
}

/// Looks into the value of the `Authorization` header, the only place that there is.
pub(crate) fn find_in<'p>(places: impl Iterator<Item = &'p Place>, value: Option<&[u8]>) -> Found {
    let mut found = Found::Nothing;
    for place in places {
        if let (Place::Header { prefix, .. }, Some(value)) = (place, value) {
            read_value(value, prefix, &mut found);
        }
    }
    found
}

/// Looks into each place.
pub(crate) fn find<'p>(places: impl Iterator<Item = &'p Place>, headers: &HeaderMap) -> Found {
    let mut found = Found::Nothing;
    for place in places {
        place.read(headers, &mut found);
    }
    found
}

impl Found {
    fn add(&mut self, token: impl AsRef<[u8]> + Into<Vec<u8>>) {
        match self {
            Self::Nothing => *self = Self::Token(token.into()),
            Self::Token(known) if *known == token.as_ref() => {}
            Self::Token(_) | Self::Ambiguous => *self = Self::Ambiguous,
        }
    }
}

impl Place {
    fn read(&self, headers: &HeaderMap, found: &mut Found) {
        match self {
            Self::Header { name, prefix } => {
                let mut values = headers.values(name);
                let (Some(value), more) = (values.next(), values.next().is_some()) else {
                    return;
                };
                match more {
                    true => *found = Found::Ambiguous,
                    false => read_value(value, prefix, found),
                }
            }
            Self::Cookie(name) => {
                for token in cookies(headers, name.as_bytes()) {
                    found.add(token);
                }
            }
            Self::Query(name) => {
                let target = headers.values(":path").next().unwrap_or_default();
                for parameter in RequestPath::new(target).parameters() {
                    if parameter.is(name.as_bytes()) {
                        found.add(decode_form(parameter.value).collect::<Vec<u8>>());
                    }
                }
            }
        }
    }

    /// The header that it is in.
    pub(crate) fn header(&self) -> &str {
        match self {
            Self::Header { name, .. } => name,
            Self::Cookie(_) => "cookie",
            Self::Query(_) => ":path",
        }
    }

    /// Whether it is the `Authorization` header.
    pub(crate) fn is_authorization(&self) -> bool {
        matches!(self, Self::Header { name, .. } if name == AUTHORIZATION)
    }

    /// Takes the token out of the request, where it is. `authorization` is the value of that header
    /// where nothing else was read.
    pub(crate) fn remove(&self, authorization: Option<&[u8]>, x: &mut Exchange<'_>) {
        let is_there = match (self, authorization) {
            (Self::Header { prefix, .. }, Some(value)) => after_prefix(value, prefix).is_some(),
            _ => {
                let mut found = Found::Nothing;
                self.read(x.headers(), &mut found);
                found != Found::Nothing
            }
        };
        if !is_there {
            return;
        }
        match self {
            Self::Header { name, .. } => x.remove(name),
            Self::Cookie(name) => remove_cookie(name.as_bytes(), x),
            Self::Query(name) => {
                let target = x.unique(":path").unwrap_or_default();
                let mut query = QueryEdit::new(&target);
                query.remove(name.as_bytes());
                // It was a header's value before a part was taken out.
                let _ = x.set(":path", query.target());
            }
        }
    }
}

/// The one value of a header.
fn read_value(value: &[u8], prefix: &str, found: &mut Found) {
    if joins_two(value, prefix) {
        *found = Found::Ambiguous;
    } else if let Some(token) = after_prefix(value, prefix) {
        found.add(token);
    }
}

/// What follows the prefix and blanks; the prefix alone carries an empty token.
fn after_prefix<'v>(value: &'v [u8], prefix: &str) -> Option<&'v [u8]> {
    let prefix = prefix.as_bytes();
    if value.eq_ignore_ascii_case(prefix.trim_ascii_end()) {
        return Some(b"");
    }
    let (start, token) = value.split_at_checked(prefix.len())?;
    start
        .eq_ignore_ascii_case(prefix)
        .then(|| match prefix.is_empty() {
            true => token,
            false => token.trim_ascii_start(),
        })
}

/// Whether Envoy has joined two fields of which one is for us: a token has no comma.
fn joins_two(value: &[u8], prefix: &str) -> bool {
    let mut parts = value.split(|b| *b == b',').map(<[u8]>::trim_ascii_start);
    value.contains(&b',') && parts.any(|part| after_prefix(part, prefix).is_some())
}

/// The values of a cookie (RFC 6265, 5.4), wherever they stand.
fn cookies<'h>(headers: &'h HeaderMap, name: &'h [u8]) -> impl Iterator<Item = &'h [u8]> {
    let pairs = headers
        .values("cookie")
        .flat_map(|value| value.split(|b| *b == b';'));
    pairs.filter_map(move |pair| value_of(pair, name))
}

fn value_of<'h>(pair: &'h [u8], name: &[u8]) -> Option<&'h [u8]> {
    let pair = pair.trim_ascii();
    let at = pair.iter().position(|b| *b == b'=')?;
    let (key, value) = pair.split_at_checked(at)?;
    (key.trim_ascii_end() == name).then(|| value.get(1..).unwrap_or_default().trim_ascii_start())
}

fn remove_cookie(name: &[u8], x: &mut Exchange<'_>) {
    let headers = x.headers();
    let pairs = headers
        .values("cookie")
        .flat_map(|value| value.split(|b| *b == b';'));
    let kept: Vec<_> = pairs
        .filter(|pair| value_of(pair, name).is_none())
        .map(<[u8]>::trim_ascii)
        .filter(|pair| !pair.is_empty())
        .collect();
    let kept = kept.join(&b"; "[..]);
    match kept.is_empty() {
        true => x.remove("cookie"),
        // They were parts of a header's value.
        false => drop(x.set("cookie", kept)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bearer() -> Place {
        header("authorization", "Bearer ")
    }

    fn header(name: &str, prefix: &str) -> Place {
        Place::Header {
            name: name.into(),
            prefix: prefix.into(),
        }
    }

    fn found(place: Place, headers: &[(&str, &str)]) -> Option<Result<String, ()>> {
        match find([place].iter(), &headers.iter().copied().collect()) {
            Found::Nothing => None,
            Found::Token(token) => Some(Ok(String::from_utf8(token).unwrap())),
            Found::Ambiguous => Some(Err(())),
        }
    }

    #[test]
    fn a_scheme_has_any_case_and_any_number_of_blanks() {
        let of = |value| found(bearer(), &[("authorization", value)]);
        let token = |text: &str| Some(Ok(text.to_owned()));
        for value in ["Bearer a.b.c", "bearer a.b.c", "BEARER   a.b.c"] {
            assert_eq!(of(value), token("a.b.c"), "{value}");
        }
        for value in ["", "Basic a.b.c", "Bearera.b.c", "Bear", "Digest a=b, c=d"] {
            assert_eq!(of(value), None, "{value}");
        }
        for value in ["Bearer", "bearer ", "Bearer  "] {
            assert_eq!(of(value), token(""), "{value}");
        }
        assert_eq!(of("Bearer a b"), token("a b"));
        for value in [
            "Bearer a,Bearer a",
            "Basic x, bearer a",
            "Bearer a, b",
            "Bearer ,",
        ] {
            assert_eq!(of(value), Some(Err(())), "{value}");
        }
    }

    #[test]
    fn a_header_that_is_there_twice_is_ambiguous_though_it_says_the_same() {
        let twice = [("x-token", "a"), ("X-Token", "a")];
        assert_eq!(found(header("x-token", ""), &twice), Some(Err(())));
        let other = [("x-token", "a"), ("x-token-2", "b")];
        assert_eq!(found(header("x-token", ""), &other), Some(Ok("a".into())));
        assert_eq!(
            found(header("x-token", ""), &[("x-token", "")]),
            Some(Ok("".into()))
        );
    }

    #[test]
    fn cookies_and_parameters_may_repeat_one_token() {
        let cookie = |value| found(Place::Cookie("t".into()), &[("cookie", value)]);
        assert_eq!(cookie("a=1; t=x;tt=y; T=z"), Some(Ok("x".into())));
        assert_eq!(cookie("t=x; t=x"), Some(Ok("x".into())));
        assert_eq!(cookie("t=x; t=y"), Some(Err(())));
        assert_eq!(cookie("at=x; t"), None);
        let query = |value| found(Place::Query("t".into()), &[(":path", value)]);
        assert_eq!(query("/?a=1&%74=x%2e"), Some(Ok("x.".into())));
        assert_eq!(query("/?t=x&t=y"), Some(Err(())));
        assert_eq!(query("/t=x#?t=y"), None);
    }
}
