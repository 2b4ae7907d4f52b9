//! JWK sets (RFC 7517), read entry by entry.

mod entry;
mod reason;
mod roca;

use serde_json::Value;

use crate::alg::AllowList;
use crate::header::Header;
use crate::json::{self, JsonProblem, Twice};
use crate::key::{Key, Kind};

pub use reason::SkipReason;

/// The largest set that is read, in bytes.
pub const MAX_SET_SIZE: usize = 64 * 1024;
/// The entries of a set that are read; what follows is skipped.
pub const MAX_KEYS: usize = 64;
/// The keys that are tried for one token.
pub const MAX_CANDIDATES: usize = 4;

/// The usable keys of a set.
#[derive(Debug, Default)]
pub struct KeySet(Vec<Key>);

/// Why a document is no key set at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeySetError {
    /// Larger than [`MAX_SET_SIZE`].
    TooLarge,
    /// Not one JSON object with one meaning.
    Json(JsonProblem),
    /// No member `keys` that is a list (RFC 7517, 5.1).
    NoKeys,
}

/// An entry of a set that is no usable key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// Its place in `keys`, from 0.
    pub index: usize,
    /// Its name, where it has a readable one.
    pub kid: Option<String>,
    /// Why.
    pub reason: SkipReason,
}

/// Why a set has no key for a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoKey {
    /// The algorithm of the token is not accepted.
    NotAllowed,
    /// No key has the token's `kid`: the set may be older than the key.
    UnknownKid,
    /// There are keys, and none of them is for this algorithm.
    NoneFits,
}

impl KeySet {
    /// Reads a set. What is unusable in it is skipped and told, and does not harm the rest.
    pub fn parse(text: &[u8]) -> Result<(Self, Vec<Skipped>), KeySetError> {
        if text.len() > MAX_SET_SIZE {
            return Err(KeySetError::TooLarge);
        }
        let set = json::object(text, Twice::Nullify).map_err(KeySetError::Json)?;
        let Some(Value::Array(entries)) = set.get("keys") else {
            return Err(KeySetError::NoKeys);
        };
        let mut read: Vec<_> = entries
            .iter()
            .enumerate()
            .map(|(index, jwk)| match index {
                ..MAX_KEYS => entry::read(jwk),
                _ => Err(SkipReason::Surplus),
            })
            .collect();
        if entries.iter().any(entry::is_public) {
            skip(&mut read, |_, key| {
                (key.kind() == Kind::Secret).then_some(SkipReason::Mixed)
            });
        }
        skip_ambiguous(entries, &mut read);
        let mut skipped = vec![];
        let mut keys = vec![];
        for ((index, jwk), key) in entries.iter().enumerate().zip(read) {
            match key {
                Ok(key) => keys.push(key),
                Err(reason) => skipped.push(Skipped {
                    index,
                    kid: entry::kid(jwk).ok().flatten(),
                    reason,
                }),
            }
        }
        Ok((Self(keys), skipped))
    }

    /// The keys.
    pub fn keys(&self) -> &[Key] {
        &self.0
    }

    /// The keys, by themselves.
    pub fn into_keys(self) -> Vec<Key> {
        self.0
    }

    /// Whether there is no usable key.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The keys that may have signed a token with this header, at most [`MAX_CANDIDATES`].
    ///
    /// What the token says of its algorithm is only ever compared: with `allowed`, and with what
    /// each key is. A token that names its key is checked with that key alone; in a set of which
    /// no key has a name, names tell nothing and every fitting key is a candidate.
    pub fn candidates(&self, header: &Header, allowed: AllowList) -> Result<Vec<&Key>, NoKey> {
        if !allowed.contains(header.alg) {
            return Err(NoKey::NotAllowed);
        }
        let named = self.0.iter().any(|key| key.kid.is_some());
        let wanted = header.kid.as_ref().filter(|_| named);
        let is_wanted = |key: &&Key| wanted.is_none_or(|kid| key.kid.as_ref() == Some(kid));
        if wanted.is_some() && !self.0.iter().any(|key| is_wanted(&key)) {
            return Err(NoKey::UnknownKid);
        }
        let keys: Vec<_> = self
            .0
            .iter()
            .filter(is_wanted)
            .filter(|key| key.fits(header.alg))
            .take(MAX_CANDIDATES)
            .collect();
        match keys.is_empty() {
            true => Err(NoKey::NoneFits),
            false => Ok(keys),
        }
    }
}

type Read = Vec<Result<Key, SkipReason>>;

fn skip(read: &mut Read, reason: impl Fn(usize, &Key) -> Option<SkipReason>) {
    for (index, entry) in read.iter_mut().enumerate() {
        if let Some(reason) = entry.as_ref().ok().and_then(|key| reason(index, key)) {
            *entry = Err(reason);
        }
    }
}

/// One name for two keys that could check the same token names neither. Of the same key, listed
/// twice, the first stays.
fn skip_ambiguous(entries: &[Value], read: &mut Read) {
    let mut ambiguous = vec![];
    for (index, entry) in entries.iter().enumerate().take(read.len()) {
        let Some(kid) = entry.get("kid") else {
            continue;
        };
        for (earlier, other) in entries.iter().enumerate().take(index) {
            if other.get("kid") != Some(kid) {
                continue;
            }
            match (read.get(index), read.get(earlier)) {
                (Some(Ok(key)), Some(Ok(other))) if key.is_same(other) => {
                    let repeated = (key.alg == other.alg).then_some(SkipReason::Repeated);
                    ambiguous.extend(repeated.map(|reason| (index, reason)));
                }
                (Some(Ok(key)), Some(Ok(other))) if key.algs().meets(other.algs()) => {
                    ambiguous.push((index, SkipReason::DuplicateKid));
                    ambiguous.push((earlier, SkipReason::DuplicateKid));
                }
                // Of two keys of one name and kind, the one that is broken may be the one meant.
                (Some(Ok(_)), Some(Err(reason))) if is_rival(entry, other, *reason) => {
                    ambiguous.push((index, SkipReason::DuplicateKid));
                }
                (Some(Err(reason)), Some(Ok(_))) if is_rival(entry, other, *reason) => {
                    ambiguous.push((earlier, SkipReason::DuplicateKid));
                }
                _ => {}
            }
        }
    }
    for (index, reason) in ambiguous {
        if let Some(entry) = read.get_mut(index) {
            *entry = Err(reason);
        }
    }
}

fn is_rival(one: &Value, other: &Value, reason: SkipReason) -> bool {
    reason.is_defect() && one.get("kty") == other.get("kty")
}
