//! Changing the query of a request target without touching what was not meant.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};

use crate::{RequestPath, decode_form};

/// Everything that is not unreserved (RFC 3986, 2.3) is encoded.
pub(crate) const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// A name or value as a query carries it.
pub fn encode_form(value: &[u8]) -> Vec<u8> {
    percent_encode(value, RESERVED)
        .collect::<String>()
        .into_bytes()
}

/// The parameters of a request target, to be changed. Path, fragment, parameters of other names
/// and the order of all stay as they are, byte for byte.
#[derive(Debug, Clone)]
pub struct QueryEdit<'a> {
    path: &'a [u8],
    fragment: &'a [u8],
    /// What stands between `&`, empty pieces included; none where there is no `?`.
    pieces: Vec<Piece<'a>>,
}

#[derive(Debug, Clone)]
enum Piece<'a> {
    Kept(&'a [u8]),
    New { name: Vec<u8>, value: Vec<u8> },
}

impl<'a> QueryEdit<'a> {
    /// Takes a request target apart.
    pub fn new(target: &'a [u8]) -> Self {
        let parts = RequestPath::new(target);
        let query = parts.query();
        let taken = query.map_or(0, |q| q.len().saturating_add(1));
        let pieces = query.map(|q| q.split(|b| *b == b'&').map(Piece::Kept).collect());
        Self {
            path: parts.path(),
            fragment: parts.tail().get(taken..).unwrap_or_default(),
            pieces: pieces.unwrap_or_default(),
        }
    }

    /// The values of a parameter in order, not decoded.
    pub fn values<'s>(&'s self, name: &'s [u8]) -> impl Iterator<Item = &'s [u8]> {
        self.pieces
            .iter()
            .filter(|piece| piece.is(name))
            .map(Piece::value)
    }

    /// The decoded names of all parameters, in order.
    pub fn names(&self) -> impl Iterator<Item = Vec<u8>> {
        let named = self.pieces.iter().filter(|piece| !piece.is_empty());
        named.map(|piece| decode_form(piece.name()).collect())
    }

    /// Gives `name` these values and no others: in the places of those it has, and at the end
    /// where there are more. A value that stays in its place keeps its bytes. Values are encoded
    /// already ([`encode_form`]).
    pub fn put<'v>(&mut self, name: &[u8], values: impl IntoIterator<Item = &'v [u8]>) {
        let mut values = values.into_iter();
        self.pieces.retain_mut(|piece| {
            if !piece.is(name) {
                return true;
            }
            let value = values.next();
            if let Some(value) = value.filter(|value| *value != piece.value()) {
                *piece = Piece::new(name, value);
            }
            value.is_some()
        });
        for value in values {
            self.add(name, value);
        }
    }

    /// Adds a value at the end. `value` is encoded already.
    pub fn add(&mut self, name: &[u8], value: &[u8]) {
        if let [Piece::Kept(b"")] = self.pieces.as_slice() {
            self.pieces.clear();
        }
        self.pieces.push(Piece::new(name, value));
    }

    /// Removes every value of `name`.
    pub fn remove(&mut self, name: &[u8]) {
        self.put(name, []);
    }

    /// The target as it is now. Without a parameter there is no `?`.
    pub fn target(&self) -> Vec<u8> {
        let mut target = self.path.to_vec();
        for (i, piece) in self.pieces.iter().enumerate() {
            target.push(if i == 0 { b'?' } else { b'&' });
            match piece {
                Piece::Kept(raw) => target.extend_from_slice(raw),
                Piece::New { name, value } => {
                    target.extend_from_slice(name);
                    target.push(b'=');
                    target.extend_from_slice(value);
                }
            }
        }
        target.extend_from_slice(self.fragment);
        target
    }
}

impl Piece<'_> {
    fn new(name: &[u8], value: &[u8]) -> Self {
        Self::New {
            name: encode_form(name),
            value: value.to_vec(),
        }
    }

    fn is_empty(&self) -> bool {
        matches!(self, Self::Kept(b""))
    }

    fn is(&self, name: &[u8]) -> bool {
        !self.is_empty() && decode_form(self.name()).eq(name.iter().copied())
    }

    fn name(&self) -> &[u8] {
        match self {
            Self::Kept(raw) => raw.split(|b| *b == b'=').next().unwrap_or_default(),
            Self::New { name, .. } => name,
        }
    }

    fn value(&self) -> &[u8] {
        match self {
            Self::Kept(raw) => match raw.iter().position(|b| *b == b'=') {
                Some(at) => raw.get(at.saturating_add(1)..).unwrap_or_default(),
                None => b"",
            },
            Self::New { value, .. } => value,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edited(target: &str, edit: impl FnOnce(&mut QueryEdit<'_>)) -> String {
        let mut query = QueryEdit::new(target.as_bytes());
        edit(&mut query);
        String::from_utf8(query.target()).unwrap()
    }

    #[test]
    fn what_is_not_named_keeps_its_bytes() {
        let odd = "/a%2Fb?&a=1&&b=%zz+x&c&=d&a=%32&e=#f?a=9";
        assert_eq!(edited(odd, |_| {}), odd);
        assert_eq!(
            edited(odd, |q| q.put(b"a", [&b"x"[..]])),
            "/a%2Fb?&a=x&&b=%zz+x&c&=d&e=#f?a=9"
        );
        assert_eq!(
            edited(odd, |q| q.remove(b"a")),
            "/a%2Fb?&&b=%zz+x&c&=d&e=#f?a=9"
        );
        assert_eq!(
            edited(odd, |q| q.add(b"a", b"x")),
            odd.replace('#', "&a=x#")
        );
    }

    #[test]
    fn names_are_compared_decoded_and_written_encoded() {
        assert_eq!(
            edited("/?a+b=1&%61%20b=2", |q| q.put(b"a b", [&b"3"[..]])),
            "/?a%20b=3"
        );
        assert_eq!(edited("/", |q| q.add(b"\xff&=", b"")), "/?%FF%26%3D=");
        let query = QueryEdit::new(b"/?a=1&b&%61=%20&=x&&");
        assert_eq!(query.values(b"a").collect::<Vec<_>>(), [&b"1"[..], b"%20"]);
        assert_eq!(query.values(b"b").collect::<Vec<_>>(), [b""]);
        assert_eq!(
            query.names().collect::<Vec<_>>(),
            [&b"a"[..], b"b", b"a", b""]
        );
    }

    #[test]
    fn values_take_the_places_there_are() {
        let put = |values: &[&[u8]]| {
            edited("/?%61=1&b&a=2&c&a=3", |q| {
                q.put(b"a", values.iter().copied())
            })
        };
        assert_eq!(put(&[b"1", b"2", b"3"]), "/?%61=1&b&a=2&c&a=3");
        assert_eq!(put(&[b"1", b"3"]), "/?%61=1&b&a=3&c");
        assert_eq!(put(&[b"9", b"2", b"3", b"4"]), "/?a=9&b&a=2&c&a=3&a=4");
        assert_eq!(put(&[]), "/?b&c");
    }

    #[test]
    fn the_question_mark_comes_and_goes_with_the_parameters() {
        assert_eq!(edited("/a#f", |q| q.put(b"x", [&b"1"[..]])), "/a?x=1#f");
        assert_eq!(edited("/a?", |q| q.put(b"x", [&b"1"[..]])), "/a?x=1");
        assert_eq!(edited("/a?x=1", |q| q.remove(b"x")), "/a");
        assert_eq!(edited("/a?", |q| q.remove(b"x")), "/a?");
    }
}
