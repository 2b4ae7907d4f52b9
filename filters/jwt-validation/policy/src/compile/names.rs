//! The headers that a config sets.

use hachure_config::{Path, Problems};
use hachure_exchange::{Effects, HeaderOp};

use crate::config::{self, TokenSource};
use crate::strip::Owned;

/// What no claim may be written into: framing, routing, and what else carries credentials.
const NOT_OURS: &[&str] = &[
    "authorization",
    "connection",
    "content-length",
    "content-type",
    "cookie",
    "expect",
    "forwarded",
    "host",
    "keep-alive",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// The headers that are set, in lower case, each of them once.
#[derive(Debug, Default)]
pub(super) struct Names(Vec<String>);

impl Names {
    /// Reads the name of a header that is set.
    pub(super) fn add(&mut self, name: &str, path: &Path<'_>, problems: &mut Problems) -> String {
        let lower = name.to_ascii_lowercase();
        if !is_header(name) || is_not_ours(&lower) {
            let expected = "a header for upstreams, as x-user-id; not one of HTTP's own";
            problems.add_text(path, expected, name);
        }
        if !self.0.contains(&lower) {
            self.0.push(lower.clone());
        }
        lower
    }

    /// A header that is removed from every request cannot carry a token.
    pub(super) fn check_sources(&self, providers: &[config::Provider], problems: &mut Problems) {
        let place = Path::ROOT.key("providers");
        for (i, provider) in providers.iter().enumerate() {
            let here = place.index(i);
            let sources = here.key("from");
            for (j, source) in provider.from.iter().flatten().enumerate() {
                let TokenSource::Header(header) = source else {
                    continue;
                };
                let lower = header.name.to_ascii_lowercase();
                if self.0.contains(&lower) {
                    let expected = "a header that is not set too: it is removed first";
                    let source = sources.index(j);
                    let source = source.key("header");
                    problems.add_text(&source.key("name"), expected, &header.name);
                }
            }
        }
    }

    pub(super) fn owned(self) -> Owned {
        Owned::new(self.0)
    }
}

/// Whether a message can have a header of that name.
pub(super) fn is_header(name: &str) -> bool {
    !name.starts_with(':') && Effects::new().header(HeaderOp::Set, name, b"").is_ok()
}

fn is_not_ours(name: &str) -> bool {
    let plain = name.replace('_', "-");
    NOT_OURS.contains(&plain.as_str())
        || plain.starts_with("x-envoy-")
        || plain.starts_with("x-forwarded-")
}
