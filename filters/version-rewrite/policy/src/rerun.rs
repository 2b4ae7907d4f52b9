//! What outlives an internal redirect.
//!
//! On an internal redirect Envoy runs the filters again, with the headers as they were changed the
//! first time. What was decided then is kept in filter state, which no client can write: the host
//! declares the keys to last for the whole downstream request.

use hachure_exchange::{Exchange, Property};

use crate::versions::{Named, VersionId, Versions};

/// The version's name; access logs show it as `%FILTER_STATE(wasm.hachure.version:PLAIN)%`.
pub(crate) const VERSION: &str = "hachure.version";
/// The path that this filter wrote, without the query.
const PATH: &str = "hachure.version.path";
/// What the client is to get back for the upstream's media type.
const MEDIA_TYPE: &str = "hachure.version.mediaType";

/// Set where the request's body is the upstream's already.
const BODY: &str = "hachure.version.body";

/// Every key.
pub(crate) const KEYS: &[&str] = &[VERSION, PATH, MEDIA_TYPE, BODY];

/// What an earlier run of this request decided.
#[derive(Debug, Clone)]
pub(crate) struct Earlier {
    pub(crate) version: VersionId,
    path: Option<Vec<u8>>,
    pub(crate) media_type: Option<Vec<u8>>,
    /// Envoy sends the body again as it was changed the first time.
    pub(crate) has_new_body: bool,
}

impl Earlier {
    /// Reads what an earlier run left; none in the first one.
    pub(crate) fn read(x: &mut Exchange<'_>, versions: &Versions) -> Option<Self> {
        let mut state = |key| {
            x.property(Property::FilterState(key))
                .filter(|value| !value.is_empty())
        };
        let Named::Version(version, _) = versions.find(&state(VERSION)?) else {
            return None;
        };
        Some(Self {
            version,
            path: state(PATH),
            media_type: state(MEDIA_TYPE),
            has_new_body: state(BODY).is_some(),
        })
    }

    /// Whether `path` is the very one that this filter wrote.
    pub(crate) fn wrote(&self, path: &[u8]) -> bool {
        self.path.as_deref() == Some(path)
    }
}

/// Keeps the version.
pub(crate) fn keep_version(x: &mut Exchange<'_>, name: &str) {
    x.set_state(VERSION, name);
}

/// Keeps the path that was written.
pub(crate) fn keep_path(x: &mut Exchange<'_>, path: &[u8]) {
    x.set_state(PATH, path);
}

/// Keeps that the body was changed.
pub(crate) fn keep_body(x: &mut Exchange<'_>) {
    x.set_state(BODY, "transformed");
}

/// Keeps what the client is to get back; empty forgets it.
pub(crate) fn keep_media_type(x: &mut Exchange<'_>, media_type: &[u8]) {
    x.set_state(MEDIA_TYPE, media_type);
}
