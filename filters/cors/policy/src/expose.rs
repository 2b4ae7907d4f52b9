//! Which response headers a page's script may read.

use std::borrow::Cow;

use hachure_exchange::Exchange;

use crate::names::has_star;

/// Readable without being named (Fetch standard, «CORS-safelisted response-header name»), or never
/// readable («forbidden response-header name»).
const NEEDLESS: [&str; 9] = [
    "cache-control",
    "content-language",
    "content-length",
    "content-type",
    "expires",
    "last-modified",
    "pragma",
    "set-cookie",
    "set-cookie2",
];

/// What `Access-Control-Expose-Headers` says.
#[derive(Debug, Clone)]
pub(crate) enum Expose {
    /// The same names in each answer; empty for no header.
    Line(String),
    /// The names of the response itself, after these: with credentials `*` would be a header of
    /// that name.
    All(Vec<String>),
}

impl Expose {
    pub(crate) fn new(names: &[String], credentials: bool) -> Self {
        if credentials && has_star(names) {
            return Self::All(names.iter().filter(|name| *name != "*").cloned().collect());
        }
        Self::Line(names.join(", "))
    }

    /// The header's value for this response; empty for no header.
    pub(crate) fn line(&self, x: &mut Exchange<'_>) -> Cow<'_, [u8]> {
        let listed = match self {
            Self::Line(line) => return Cow::Borrowed(line.as_bytes()),
            Self::All(listed) => listed,
        };
        let mut names: Vec<&[u8]> = listed.iter().map(|name| name.as_bytes()).collect();
        for (name, _) in x.headers().iter() {
            if is_worth_naming(name) && !names.iter().any(|n| n.eq_ignore_ascii_case(name)) {
                names.push(name);
            }
        }
        Cow::Owned(names.join(&b", "[..]))
    }
}

fn is_worth_naming(name: &[u8]) -> bool {
    let name = name.to_ascii_lowercase();
    !name.starts_with(b":")
        && !name.starts_with(b"access-control-")
        && !NEEDLESS.iter().any(|needless| needless.as_bytes() == name)
}
