//! Media types and ranges as `Accept` and `Content-Type` write them (RFC 9110, 8.3.1 and 12.5.1).

use std::borrow::Cow;

/// One element of `Accept`, or a `Content-Type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MediaRange<'a> {
    /// The whole of it without blanks around it.
    pub(crate) raw: &'a [u8],
    /// `type/subtype`.
    pub(crate) kind: &'a [u8],
    /// Everything after it: empty, or from the blanks before the first `;` on.
    pub(crate) rest: &'a [u8],
}

/// A parameter, as it was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Parameter<'a> {
    /// Everything from the `;` on.
    pub(crate) raw: &'a [u8],
    name: &'a [u8],
    value: &'a [u8],
}

/// The elements of an `Accept` value, in order. Empty ones are left out.
pub(crate) fn ranges(value: &[u8]) -> impl Iterator<Item = MediaRange<'_>> {
    Split::new(value, b',')
        .map(MediaRange::new)
        .filter(|range| !range.raw.is_empty())
}

impl<'a> MediaRange<'a> {
    pub(crate) fn new(text: &'a [u8]) -> Self {
        let raw = text.trim_ascii();
        let end = raw.iter().position(|b| *b == b';').unwrap_or(raw.len());
        let kind = raw.get(..end).unwrap_or_default().trim_ascii_end();
        let rest = raw.get(kind.len()..).unwrap_or_default();
        Self { raw, kind, rest }
    }

    /// Whether its type is `kind`; case does not count.
    pub(crate) fn is(&self, kind: &str) -> bool {
        self.kind.eq_ignore_ascii_case(kind.as_bytes())
    }

    /// The parameters, `q` included.
    pub(crate) fn parameters(&self) -> impl Iterator<Item = Parameter<'a>> + use<'a> {
        let rest = self.rest.trim_ascii_start();
        Split::new(rest.strip_prefix(b";").unwrap_or_default(), b';').map(Parameter::new)
    }

    /// The weight in thousandths. One that is not written as RFC 9110, 12.4.2 has it counts as
    /// none, which is 1.
    pub(crate) fn weight(&self) -> u16 {
        let q = self.parameters().find(|p| p.is("q"));
        q.and_then(|q| thousandths(q.value)).unwrap_or(1000)
    }

    /// Everything after the type but the parameters called `name`, byte for byte.
    pub(crate) fn rest_without(&self, name: &str) -> Vec<u8> {
        let mut rest = vec![];
        for parameter in self.parameters().filter(|p| !p.is(name)) {
            rest.push(b';');
            rest.extend_from_slice(parameter.raw);
        }
        rest
    }
}

impl<'a> Parameter<'a> {
    fn new(raw: &'a [u8]) -> Self {
        let end = raw.iter().position(|b| *b == b'=').unwrap_or(raw.len());
        let (name, value) = raw.split_at_checked(end).unwrap_or((raw, b""));
        let value = value.strip_prefix(b"=").unwrap_or(value);
        Self {
            raw,
            name: name.trim_ascii(),
            value: value.trim_ascii(),
        }
    }

    /// Whether it is called `name`; case does not count.
    pub(crate) fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name.as_bytes())
    }

    /// The value without its quotes (RFC 9110, 5.6.4).
    pub(crate) fn value(&self) -> Cow<'a, [u8]> {
        let [b'"', quoted @ .., b'"'] = self.value else {
            return Cow::Borrowed(self.value);
        };
        let mut escaped = false;
        let keep = |byte: &u8| {
            let drop = *byte == b'\\' && !escaped;
            escaped = drop;
            !drop
        };
        Cow::Owned(quoted.iter().copied().filter(keep).collect())
    }
}

/// The parts of a text between separators that stand outside quoted strings.
struct Split<'a> {
    rest: Option<&'a [u8]>,
    separator: u8,
}

impl<'a> Split<'a> {
    fn new(text: &'a [u8], separator: u8) -> Self {
        Self {
            rest: Some(text),
            separator,
        }
    }
}

impl<'a> Iterator for Split<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let text = self.rest?;
        let (mut quoted, mut escaped) = (false, false);
        let end = text.iter().position(|byte| {
            let here = *byte == self.separator && !quoted;
            match byte {
                _ if escaped => escaped = false,
                b'\\' if quoted => escaped = true,
                b'"' => quoted = !quoted,
                _ => {}
            }
            here
        });
        let (part, rest) = text.split_at_checked(end.unwrap_or(text.len()))?;
        self.rest = end.and(rest.get(1..));
        Some(part)
    }
}

/// `0`, `0.5`, `1.000` in thousandths.
fn thousandths(text: &[u8]) -> Option<u16> {
    let (whole, fraction) = match text {
        [whole] => (whole, &b""[..]),
        [whole, b'.', fraction @ ..] if fraction.len() <= 3 => (whole, fraction),
        _ => return None,
    };
    let digits = fraction.iter().chain(b"000").take(3);
    let mut weight = char::from(*whole).to_digit(10)?;
    for digit in digits {
        weight = weight
            .checked_mul(10)?
            .checked_add(char::from(*digit).to_digit(10)?)?;
    }
    u16::try_from(weight).ok().filter(|w| *w <= 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_lists_apart_outside_quotes() {
        let found: Vec<_> = ranges(b"a/b;x=\"1,2;3\\\"\";q=0.5 , c/d,, e/f ,").collect();
        let kinds: Vec<_> = found.iter().map(|r| r.kind).collect();
        assert_eq!(kinds, [&b"a/b"[..], b"c/d", b"e/f"]);
        assert_eq!(found[0].weight(), 500);
        let x = found[0].parameters().find(|p| p.is("X")).unwrap();
        assert_eq!(x.value().as_ref(), b"1,2;3\"");
    }

    #[test]
    fn weights_are_thousandths() {
        for (text, weight) in [
            ("a/b", 1000),
            ("a/b;q=0", 0),
            ("a/b;q=0.000", 0),
            ("a/b; Q = 0.5", 500),
            ("a/b;q=0.001", 1),
            ("a/b;q=1.000", 1000),
            ("a/b;q=1.001", 1000),
            ("a/b;q=0.1234", 1000),
            ("a/b;q=", 1000),
            ("a/b;q=x", 1000),
            ("a/b;q=-1", 1000),
            ("a/b;q=5", 1000),
        ] {
            assert_eq!(MediaRange::new(text.as_bytes()).weight(), weight, "{text}");
        }
    }

    #[test]
    fn keeps_the_bytes_of_other_parameters() {
        let range = MediaRange::new(b"a/b ; charset = utf-8; version=1 ;q=0.5");
        assert_eq!(range.kind, b"a/b");
        assert_eq!(range.rest, b" ; charset = utf-8; version=1 ;q=0.5");
        assert_eq!(range.rest_without("version"), b"; charset = utf-8;q=0.5");
    }
}
