//! Why requests are refused.

use hachure_exchange::Reason;

pub(crate) const PATH_NOT_CANONICAL: Reason = Reason {
    code: "path_not_canonical",
    status: 400,
    title: "The request path can be read in more than one way",
};
pub(crate) const MISSING: Reason = Reason {
    code: "version_missing",
    status: 400,
    title: "The request names no version",
};
pub(crate) const AMBIGUOUS: Reason = Reason {
    code: "version_ambiguous",
    status: 400,
    title: "The request names different versions in one place",
};
pub(crate) const CONFLICT: Reason = Reason {
    code: "version_conflict",
    status: 400,
    title: "The request names different versions in different places",
};
pub(crate) const UNKNOWN_IN_PATH: Reason = Reason {
    code: "unknown_in_path",
    status: 404,
    title: "The path names a version that is not supported",
};
pub(crate) const UNKNOWN_IN_HEADER: Reason = Reason {
    code: "unknown_in_header",
    status: 400,
    title: "A header names a version that is not supported",
};
pub(crate) const UNKNOWN_IN_QUERY: Reason = Reason {
    code: "unknown_in_query",
    status: 400,
    title: "The query names a version that is not supported",
};
pub(crate) const UNKNOWN_IN_ACCEPT: Reason = Reason {
    code: "unknown_in_accept",
    status: 406,
    title: "Accept names only versions that are not supported",
};
pub(crate) const UNKNOWN_IN_CONTENT_TYPE: Reason = Reason {
    code: "unknown_in_content_type",
    status: 415,
    title: "Content-Type names a version that is not supported",
};
pub(crate) const SUNSET: Reason = Reason {
    code: "version_sunset",
    status: 410,
    title: "The version has ended",
};

pub(crate) const BODY_TOO_LARGE: Reason = Reason {
    code: "body_too_large",
    status: 413,
    title: "The request body is too large",
};
pub(crate) const BODY_INVALID: Reason = Reason {
    code: "body_invalid",
    status: 400,
    title: "The request body is not the JSON that its media type promises",
};
pub(crate) const BODY_ENCODED: Reason = Reason {
    code: "body_encoded",
    status: 415,
    title: "The request body must not be compressed",
};
pub(crate) const RESPONSE_TOO_LARGE: Reason = Reason {
    code: "response_too_large",
    status: 502,
    title: "The upstream's response is too large",
};
pub(crate) const RESPONSE_INVALID: Reason = Reason {
    code: "response_invalid",
    status: 502,
    title: "The upstream's response is not the JSON that its media type promises",
};
pub(crate) const RESPONSE_ENCODED: Reason = Reason {
    code: "response_encoded",
    status: 502,
    title: "The upstream's response is compressed",
};
pub(crate) const NO_ROOM: Reason = Reason {
    code: "no_room",
    status: 503,
    title: "Too many bodies are being transformed",
};

/// Those of bodies.
pub(crate) const OF_BODIES: &[Reason] = &[
    BODY_TOO_LARGE,
    BODY_INVALID,
    BODY_ENCODED,
    RESPONSE_TOO_LARGE,
    RESPONSE_INVALID,
    RESPONSE_ENCODED,
    NO_ROOM,
];

/// All of them, as `filter.yaml` lists them.
pub(crate) const ALL: &[Reason] = &[
    PATH_NOT_CANONICAL,
    MISSING,
    AMBIGUOUS,
    CONFLICT,
    UNKNOWN_IN_PATH,
    UNKNOWN_IN_HEADER,
    UNKNOWN_IN_QUERY,
    UNKNOWN_IN_ACCEPT,
    UNKNOWN_IN_CONTENT_TYPE,
    SUNSET,
    BODY_TOO_LARGE,
    BODY_INVALID,
    BODY_ENCODED,
    RESPONSE_TOO_LARGE,
    RESPONSE_INVALID,
    RESPONSE_ENCODED,
    NO_ROOM,
];
