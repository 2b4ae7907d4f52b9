//! Headers and trailers as Envoy keeps them.

use std::fmt;

use hachure_exchange::HeaderMap;

/// An ordered list of names and values, all of them bytes. Names are in lower case, and
/// pseudo-headers come first.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Fields(Vec<(Vec<u8>, Vec<u8>)>);

impl Fields {
    /// No fields.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Every field in order.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_slice(), value.as_slice()))
    }

    /// The first value of a name, which is all that a single host get shows.
    pub fn value(&self, name: impl AsRef<[u8]>) -> Option<&[u8]> {
        let name = name.as_ref();
        self.iter()
            .find(|(n, _)| n.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }

    /// All values of a name.
    pub fn values<'a>(&'a self, name: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
        self.iter()
            .filter(|(n, _)| n.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }

    /// Adds a field after the others of its kind.
    pub fn add(&mut self, name: &[u8], value: &[u8]) {
        let field = (name.to_ascii_lowercase(), value.to_vec());
        let pseudo = self
            .0
            .iter()
            .take_while(|(name, _)| name.starts_with(b":"))
            .count();
        let at = if name.starts_with(b":") {
            pseudo
        } else {
            self.0.len()
        };
        self.0.insert(at, field);
    }

    /// Removes all values of a name and adds this one, as Envoy's `setCopy` does.
    pub fn set(&mut self, name: &[u8], value: &[u8]) {
        self.remove(name);
        self.add(name, value);
    }

    /// Removes all values of a name.
    pub fn remove(&mut self, name: &[u8]) {
        self.0.retain(|(n, _)| !n.eq_ignore_ascii_case(name));
    }

    /// As a policy would see them.
    pub fn to_map(&self) -> HeaderMap {
        HeaderMap::from_serialized(self.to_serialized()).unwrap_or_default()
    }

    /// The form of the ABI; no bytes at all where there are no fields.
    pub(crate) fn to_serialized(&self) -> Vec<u8> {
        if self.0.is_empty() {
            return vec![];
        }
        let size = |n: usize| u32::try_from(n).unwrap_or(u32::MAX).to_le_bytes();
        let mut out = size(self.0.len()).to_vec();
        for (name, value) in &self.0 {
            out.extend(size(name.len()));
            out.extend(size(value.len()));
        }
        for part in self.0.iter().flat_map(|(name, value)| [name, value]) {
            out.extend_from_slice(part);
            out.push(0);
        }
        out
    }

    /// Reads what a module hands over. Like Envoy it takes nothing at all from what is malformed
    /// or has more than 1,024 pairs or a mebibyte (proxy-wasm-cpp-host, limits.h).
    pub(crate) fn from_serialized(bytes: &[u8]) -> Option<Self> {
        const MAX_BYTES: usize = 1024 * 1024;
        const MAX_PAIRS: usize = 1024;
        if bytes.is_empty() {
            return Some(Self::new());
        }
        let map = HeaderMap::from_serialized(bytes.to_vec()).ok()?;
        if bytes.len() > MAX_BYTES || map.len() > MAX_PAIRS {
            return None;
        }
        Some(Self::from(&map))
    }
}

impl From<&HeaderMap> for Fields {
    fn from(map: &HeaderMap) -> Self {
        map.iter().collect()
    }
}

impl<N: AsRef<[u8]>, V: AsRef<[u8]>> FromIterator<(N, V)> for Fields {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(fields: I) -> Self {
        let mut all = Self::new();
        for (name, value) in fields {
            all.add(name.as_ref(), value.as_ref());
        }
        all
    }
}

impl<N: AsRef<[u8]>, V: AsRef<[u8]>, const COUNT: usize> From<[(N, V); COUNT]> for Fields {
    fn from(fields: [(N, V); COUNT]) -> Self {
        fields.into_iter().collect()
    }
}

impl fmt::Debug for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |bytes: &[u8]| bytes.escape_ascii().to_string();
        f.debug_map()
            .entries(self.iter().map(|(n, v)| (shown(n), shown(v))))
            .finish()
    }
}
