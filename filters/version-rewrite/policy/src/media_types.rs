//! `Accept` and `Content-Type` between the vendor's types and the upstream's.

use hachure_exchange::{Exchange, Single};

use crate::media_range::{MediaRange, ranges};
use crate::source::{MediaTypes, Style};
use crate::versions::{Named, VersionId, Versions};

/// A version, the type that its upstream speaks, and how clients name it.
pub(crate) struct Translation<'a> {
    pub(crate) types: &'a MediaTypes,
    pub(crate) versions: &'a Versions,
    pub(crate) version: VersionId,
    pub(crate) plain: &'a str,
}

impl Translation<'_> {
    /// Gives the upstream the plain type. Returns what the client is to get back for it, where
    /// its `Accept` names the version: a media type, or `; name=value` to add to one.
    pub(crate) fn of_request(&self, x: &mut Exchange<'_>) -> Option<String> {
        if x.has("content-type")
            && let Single::One(value) = x.headers().single("content-type")
            && let Some((plain, _)) = self.translated(&MediaRange::new(value))
        {
            let _ = x.set("content-type", plain);
        }
        if !x.has("accept") {
            return None;
        }
        let values: Vec<_> = x.headers().values("accept").collect();
        let (accept, client) = self.of_accept(&values)?;
        x.set("accept", accept).ok().map(|()| client)
    }

    /// `Accept` for the upstream: ranges that name the version are translated, those that name
    /// another one are dropped, and all others stay; the plain type stands only once. None where
    /// no range names the version.
    fn of_accept(&self, accept: &[&[u8]]) -> Option<(Vec<u8>, String)> {
        let all = || accept.iter().flat_map(|value| ranges(value));
        let mut best: Option<(u16, String)> = None;
        let mut plain_is_named = false;
        for range in all() {
            let Some((plain, spelled)) = self.translated(&range) else {
                continue;
            };
            plain_is_named |= MediaRange::new(&plain).is(self.plain);
            let weight = range.weight();
            if weight > best.as_ref().map_or(0, |(known, _)| *known) {
                best = Some((weight, spelled));
            }
        }
        let (_, client) = best?;
        let mut list = vec![];
        for range in all() {
            let text = match self.translated(&range) {
                Some((plain, _)) => plain,
                None if plain_is_named && range.is(self.plain) => continue,
                None if self.names_another(&range) => continue,
                None => range.raw.to_vec(),
            };
            if !list.is_empty() {
                list.extend_from_slice(b", ");
            }
            list.extend_from_slice(&text);
        }
        Some((list, client))
    }

    fn names_another(&self, range: &MediaRange<'_>) -> bool {
        self.types.named(range, self.versions).named != Named::Nothing
    }

    /// A type that names the version, as the upstream knows it and as the client is to see it.
    fn translated(&self, range: &MediaRange<'_>) -> Option<(Vec<u8>, String)> {
        let by = self.types.named(range, self.versions);
        let Named::Version(id, name) = by.named else {
            return None;
        };
        if id != self.version {
            return None;
        }
        let plain = match (by.style, &self.types.param) {
            (Style::Vendor, _) => [self.plain.as_bytes(), range.rest].concat(),
            (Style::Parameter, Some(param)) => [range.kind, &range.rest_without(param)].concat(),
            (Style::Parameter, None) => return None,
        };
        Some((plain, self.types.spell(by.style, name)))
    }
}

/// `Content-Type` of a response for the client; none where it is not the upstream's plain type.
pub(crate) fn of_response(value: &[u8], plain: &str, client: &[u8]) -> Option<Vec<u8>> {
    let range = MediaRange::new(value);
    if !range.is(plain) {
        return None;
    }
    let parts = match client.starts_with(b";") {
        true => [range.raw, client],
        false => [client, range.rest],
    };
    Some(parts.concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_response_keeps_its_parameters() {
        let vendor = b"application/vnd.acme.v1+json";
        let of =
            |value: &str, client: &[u8]| of_response(value.as_bytes(), "application/json", client);
        assert_eq!(of("application/json", vendor).as_deref(), Some(&vendor[..]));
        assert_eq!(
            of("Application/JSON; charset=utf-8", vendor).unwrap(),
            b"application/vnd.acme.v1+json; charset=utf-8"
        );
        assert_eq!(
            of("application/json;charset=utf-8", b"; version=1").unwrap(),
            b"application/json;charset=utf-8; version=1"
        );
        assert_eq!(of("application/problem+json", vendor), None);
        assert_eq!(of("", vendor), None);
    }
}
