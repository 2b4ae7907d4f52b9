//! Headers as they arrive: ordered, bytes, several values of a name kept apart.

use std::fmt;

/// An ordered list of headers over one buffer.
///
/// Names compare without regard to ASCII case. A change appends its bytes to the buffer, so
/// that reading and changing need no allocation per header.
#[derive(Clone, Default)]
pub struct HeaderMap {
    bytes: Vec<u8>,
    entries: Vec<Entry>,
}

#[derive(Clone, Copy)]
struct Entry {
    name: Span,
    value: Span,
}

#[derive(Clone, Copy)]
struct Span {
    start: usize,
    end: usize,
}

/// The values of a name where one is expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Single<'a> {
    /// No such header.
    Absent,
    /// Exactly one, or several with the very same bytes.
    One(&'a [u8]),
    /// Several that differ: a security decision refuses.
    Differing,
}

impl<'a> Single<'a> {
    /// The value, where there is exactly one.
    pub fn one(self) -> Option<&'a [u8]> {
        match self {
            Single::One(value) => Some(value),
            Single::Absent | Single::Differing => None,
        }
    }
}

/// A serialized header map that breaks its own format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Malformed;

impl HeaderMap {
    /// No headers.
    pub const fn new() -> Self {
        Self {
            bytes: Vec::new(),
            entries: Vec::new(),
        }
    }

    /// Reads the proxy-wasm form in place: a `u32` count, the sizes of every name and value as
    /// pairs of `u32`, then every name and value followed by NUL; little endian
    /// (proxy-wasm/spec, ABI 0.2.1, «Serialized map»).
    pub fn from_serialized(bytes: Vec<u8>) -> Result<Self, Malformed> {
        if bytes.is_empty() {
            return Ok(Self::new());
        }
        let count = read_u32(&bytes, 0)?;
        let sizes_end = count
            .checked_mul(8)
            .and_then(|n| n.checked_add(4))
            .ok_or(Malformed)?;
        if bytes.len() < sizes_end {
            return Err(Malformed);
        }
        let mut entries = Vec::with_capacity(count.saturating_add(4));
        let mut sizes_at = 4_usize;
        let mut at = sizes_end;
        while sizes_at < sizes_end {
            let name = span(&bytes, &mut at, read_u32(&bytes, sizes_at)?)?;
            let value = span(
                &bytes,
                &mut at,
                read_u32(&bytes, sizes_at.saturating_add(4))?,
            )?;
            entries.push(Entry { name, value });
            sizes_at = sizes_at.saturating_add(8);
        }
        Ok(Self { bytes, entries })
    }

    /// The proxy-wasm form of [`HeaderMap::from_serialized`].
    pub fn to_serialized(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.bytes.len());
        put_u32(&mut out, self.entries.len());
        for (name, value) in self.iter() {
            put_u32(&mut out, name.len());
            put_u32(&mut out, value.len());
        }
        for (name, value) in self.iter() {
            out.extend_from_slice(name);
            out.push(0);
            out.extend_from_slice(value);
            out.push(0);
        }
        out
    }

    /// Every header in order.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.entries
            .iter()
            .map(|e| (self.at(e.name), self.at(e.value)))
    }

    /// How many headers there are, each value of a name counted.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is no header.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// All values of `name`, in order.
    pub fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        self.iter()
            .filter(|(n, _)| n.eq_ignore_ascii_case(name.as_bytes()))
            .map(|(_, value)| value)
    }

    /// Whether `name` is there at all.
    pub fn contains(&self, name: &str) -> bool {
        self.values(name).next().is_some()
    }

    /// The value of a name that should have one.
    pub fn single<'a>(&'a self, name: &'a str) -> Single<'a> {
        let mut values = self.values(name);
        match values.next() {
            None => Single::Absent,
            Some(first) if values.all(|value| value == first) => Single::One(first),
            Some(_) => Single::Differing,
        }
    }

    /// Adds a header after the others.
    pub fn add(&mut self, name: &str, value: &[u8]) {
        let name = self.store(name.as_bytes());
        let value = self.store(value);
        self.entries.push(Entry { name, value });
    }

    /// Makes `value` the only value of `name`, in the place of its first one.
    pub fn set(&mut self, name: &str, value: &[u8]) {
        let Some(first) = self.position(name) else {
            return self.add(name, value);
        };
        let value = self.store(value);
        let mut index = 0_usize;
        let bytes = &self.bytes;
        self.entries.retain_mut(|entry| {
            let here = index;
            index = index.saturating_add(1);
            if here == first {
                entry.value = value;
                return true;
            }
            !slice(bytes, entry.name).eq_ignore_ascii_case(name.as_bytes())
        });
    }

    /// Removes every value of `name`.
    pub fn remove(&mut self, name: &str) {
        let bytes = &self.bytes;
        self.entries
            .retain(|entry| !slice(bytes, entry.name).eq_ignore_ascii_case(name.as_bytes()));
    }

    fn position(&self, name: &str) -> Option<usize> {
        self.iter()
            .position(|(n, _)| n.eq_ignore_ascii_case(name.as_bytes()))
    }

    fn store(&mut self, part: &[u8]) -> Span {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(part);
        Span {
            start,
            end: self.bytes.len(),
        }
    }

    fn at(&self, span: Span) -> &[u8] {
        slice(&self.bytes, span)
    }
}

impl<N: AsRef<str>, V: AsRef<[u8]>> FromIterator<(N, V)> for HeaderMap {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(headers: I) -> Self {
        let mut map = Self::new();
        for (name, value) in headers {
            map.add(name.as_ref(), value.as_ref());
        }
        map
    }
}

impl fmt::Debug for HeaderMap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.iter().map(|(n, v)| {
                (
                    String::from_utf8_lossy(n).into_owned(),
                    String::from_utf8_lossy(v).into_owned(),
                )
            }))
            .finish()
    }
}

impl PartialEq for HeaderMap {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for HeaderMap {}

fn slice(bytes: &[u8], span: Span) -> &[u8] {
    bytes.get(span.start..span.end).unwrap_or_default()
}

fn span(bytes: &[u8], at: &mut usize, len: usize) -> Result<Span, Malformed> {
    let start = *at;
    let end = start.checked_add(len).ok_or(Malformed)?;
    if end >= bytes.len() {
        return Err(Malformed);
    }
    *at = end.saturating_add(1);
    Ok(Span { start, end })
}

fn read_u32(bytes: &[u8], at: usize) -> Result<usize, Malformed> {
    let four = bytes
        .get(at..at.saturating_add(4))
        .and_then(|b| b.first_chunk::<4>());
    four.map(|b| u32::from_le_bytes(*b) as usize)
        .ok_or(Malformed)
}

fn put_u32(out: &mut Vec<u8>, n: usize) {
    out.extend_from_slice(&u32::try_from(n).unwrap_or(u32::MAX).to_le_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> HeaderMap {
        [("a", "1"), ("B", "2"), ("a", "3")].into_iter().collect()
    }

    #[test]
    fn keeps_order_and_every_value() {
        let map = sample();
        assert_eq!(map.values("A").collect::<Vec<_>>(), [b"1", b"3"]);
        assert_eq!(map.single("b"), Single::One(b"2"));
        assert_eq!(map.single("a"), Single::Differing);
        assert_eq!(map.single("c"), Single::Absent);
    }

    #[test]
    fn set_takes_the_place_of_the_first_and_drops_the_rest() {
        let mut map = sample();
        map.set("a", b"9");
        let shown: Vec<_> = map.iter().collect();
        assert_eq!(shown, [(&b"a"[..], &b"9"[..]), (b"B", b"2")]);
        map.set("new", b"x");
        map.remove("b");
        assert_eq!(map.len(), 2);
        assert_eq!(map.single("new"), Single::One(b"x"));
    }

    #[test]
    fn survives_the_wire_form() {
        let map = sample();
        assert_eq!(HeaderMap::from_serialized(map.to_serialized()), Ok(map));
        assert_eq!(HeaderMap::from_serialized(vec![]), Ok(HeaderMap::new()));
    }

    #[test]
    fn refuses_sizes_that_lie() {
        let whole = sample().to_serialized();
        for cut in 1..whole.len() {
            assert_eq!(
                HeaderMap::from_serialized(whole[..cut].to_vec()),
                Err(Malformed),
                "{cut}"
            );
        }
        assert_eq!(HeaderMap::from_serialized(vec![255; 64]), Err(Malformed));
    }
}
