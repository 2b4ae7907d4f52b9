//! `versions[].upstream`, compiled.

use hachure_config::{Path, PathPattern, Problems};

use crate::config::{self, UpstreamPath};
use crate::names::{is_media_type, is_token};
use crate::upstream::{PathChange, Upstream};

/// Headers that frame the message, route it or have a field of their own.
const NOT_TO_SET: &[&str] = &[
    "accept",
    "connection",
    "content-length",
    "content-type",
    "host",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

pub(super) fn compile(
    upstream: &config::Upstream,
    has_types: bool,
    here: &Path<'_>,
    problems: &mut Problems,
) -> Upstream {
    if upstream.path.is_none() && upstream.headers.is_empty() && upstream.media_type.is_none() {
        problems.add(here, "path, headers or mediaType", "none of them");
    }
    let change = upstream.path.as_ref();
    let path = change.and_then(|change| path_change(change, &here.key("path"), problems));
    check_headers(&upstream.headers, &here.key("headers"), problems);
    if let Some(text) = &upstream.media_type {
        let expected = match (is_media_type(text), has_types) {
            (true, true) => "",
            (false, _) => "a media type without parameters, as application/json",
            (true, false) => "a source mediaType, whose types this one stands for",
        };
        if !expected.is_empty() {
            problems.add_text(&here.key("mediaType"), expected, text);
        }
    }
    let headers = upstream
        .headers
        .iter()
        .map(|h| (h.name.clone(), h.value.clone()))
        .collect();
    Upstream {
        path,
        headers,
        media_type: upstream.media_type.clone(),
    }
}

fn path_change(
    change: &UpstreamPath,
    here: &Path<'_>,
    problems: &mut Problems,
) -> Option<PathChange> {
    match change {
        UpstreamPath::Prefix(text) => {
            let parsed = PathPattern::parse(text).ok();
            if parsed.is_none() {
                let expected = "a path as /legacy: it begins with / and has no dot segment, //, ;, \
                                ? or #";
                problems.add_text(&here.key("prefix"), expected, text);
            }
            parsed.map(PathChange::Prefix)
        }
        UpstreamPath::Segment(text) => {
            let is_one = !text.is_empty() && !text.contains(['/', '%']);
            if !is_one || PathPattern::parse(&format!("/{text}")).is_err() {
                let expected = "one segment as v1, without /, %, ;, ? or #, and not . or ..";
                problems.add_text(&here.key("segment"), expected, text);
            }
            Some(PathChange::Segment(text.clone()))
        }
    }
}

fn check_headers(headers: &[config::Header], path: &Path<'_>, problems: &mut Problems) {
    for (i, header) in headers.iter().enumerate() {
        let here = path.index(i);
        let is_named = |name: &str| name.eq_ignore_ascii_case(&header.name);
        let again = headers.iter().take(i).any(|h| is_named(&h.name));
        if !is_token(&header.name) || again || NOT_TO_SET.iter().any(|name| is_named(name)) {
            let expected = "a header's name, once, and none that frames the message, routes it or \
                            is a media type (mediaType does that)";
            problems.add_text(&here.key("name"), expected, &header.name);
        }
        if header.value.is_empty() || header.value.bytes().any(|b| b.is_ascii_control()) {
            let expected = "a value, without control characters";
            problems.add_text(&here.key("value"), expected, &header.value);
        }
    }
}
