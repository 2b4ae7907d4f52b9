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
];
