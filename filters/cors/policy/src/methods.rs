//! Which methods a page may use.

use std::borrow::Cow;

use crate::names::has_star;

/// The methods that a page may always use (Fetch standard, «CORS-safelisted method»).
const SAFELISTED: [&str; 3] = ["GET", "HEAD", "POST"];

/// The allowed methods, and the header that lists them.
#[derive(Debug, Clone)]
pub(crate) struct Methods {
    listed: Vec<String>,
    any: bool,
    /// `*` counts as a method of that name where credentials are sent, so the method asked for
    /// takes its place.
    expand: bool,
    line: String,
}

impl Methods {
    pub(crate) fn new(methods: &[String], credentials: bool) -> Self {
        let any = has_star(methods);
        let expand = any && credentials;
        let listed = methods.iter().filter(|method| !(expand && *method == "*"));
        let listed: Vec<_> = listed.cloned().collect();
        let line = listed.join(", ");
        Self {
            listed,
            any,
            expand,
            line,
        }
    }

    /// Methods compare with regard to case (RFC 9110, 9.1).
    pub(crate) fn allow(&self, asked: &str) -> bool {
        self.any || SAFELISTED.contains(&asked) || self.listed.iter().any(|m| m == asked)
    }

    /// The value of `Access-Control-Allow-Methods` for a method that is allowed.
    pub(crate) fn line(&self, asked: &str) -> Cow<'_, str> {
        if !self.expand || self.listed.iter().any(|m| m == asked) {
            return Cow::Borrowed(&self.line);
        }
        let mut names: Vec<&str> = self.listed.iter().map(String::as_str).collect();
        names.push(asked);
        Cow::Owned(names.join(", "))
    }
}
