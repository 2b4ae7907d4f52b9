//! The parameters of a query.

use super::{cut, decode};

/// One parameter of a query, as it was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parameter<'a> {
    /// The whole of it, `name=value`.
    pub raw: &'a [u8],
    /// The name, not decoded.
    pub name: &'a [u8],
    /// The value, not decoded; empty where there is no `=`.
    pub value: &'a [u8],
}

impl Parameter<'_> {
    /// Whether the decoded name is `name`; case counts.
    pub fn is(&self, name: &[u8]) -> bool {
        decode_form(self.name).eq(name.iter().copied())
    }
}

/// The parameters of a query, in order. Empty ones are left out.
#[derive(Debug, Clone)]
pub struct Parameters<'a> {
    rest: Option<&'a [u8]>,
}

impl<'a> Parameters<'a> {
    pub(super) fn new(query: &'a [u8]) -> Self {
        Self { rest: Some(query) }
    }
}

impl<'a> Iterator for Parameters<'a> {
    type Item = Parameter<'a>;

    fn next(&mut self) -> Option<Parameter<'a>> {
        loop {
            let (raw, rest) = cut(self.rest?, b'&');
            self.rest = rest;
            if !raw.is_empty() {
                let (name, value) = cut(raw, b'=');
                return Some(Parameter {
                    raw,
                    name,
                    value: value.unwrap_or_default(),
                });
            }
        }
    }
}

/// A name or value of a query decoded as forms are: `+` is a blank, percent-encoding is undone
/// once, and an escape that is none stays as it is (URL Standard,
/// application/x-www-form-urlencoded).
pub fn decode_form(raw: &[u8]) -> impl Iterator<Item = u8> + Clone {
    let mut rest = raw;
    std::iter::from_fn(move || {
        let (byte, after) = match decode::escape(rest) {
            Some(decoded) => decoded,
            None => {
                let (first, after) = rest.split_first()?;
                (if *first == b'+' { b' ' } else { *first }, after)
            }
        };
        rest = after;
        Some(byte)
    })
}

#[cfg(test)]
mod tests {
    use super::super::RequestPath;
    use super::*;

    #[test]
    fn keeps_order_duplicates_and_bytes() {
        let path = RequestPath::new(b"/?a=1&&b&a=%20=x&%61=3#f");
        let all: Vec<_> = path
            .parameters()
            .map(|p| (p.raw, p.name, p.value))
            .collect();
        assert_eq!(
            all,
            [
                (&b"a=1"[..], &b"a"[..], &b"1"[..]),
                (b"b", b"b", b""),
                (b"a=%20=x", b"a", b"%20=x"),
                (b"%61=3", b"%61", b"3"),
            ]
        );
        assert_eq!(path.parameters().filter(|p| p.is(b"a")).count(), 3);
        assert_eq!(RequestPath::new(b"/").parameters().count(), 0);
    }

    #[test]
    fn decodes_as_forms_do() {
        let decoded: Vec<u8> = decode_form(b"a+b%2Bc%2").collect();
        assert_eq!(decoded, b"a b+c%2");
    }
}
