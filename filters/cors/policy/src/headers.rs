//! Which request headers a page may set.

use std::borrow::Cow;

use crate::names::{has_star, token};
use crate::sorted::Sorted;

/// Any page may set these, and their values decide nothing here; old browsers ask for them always.
/// `Content-Type` and `Range` are not among them: a browser asks only where the value is beyond
/// what any page may send.
const HARMLESS: [&str; 3] = ["accept", "accept-language", "content-language"];
/// `*` does not stand for it (Fetch standard, «CORS non-wildcard request-header name»).
const BY_NAME_ONLY: &str = "authorization";

/// The allowed request headers, and the header that lists them.
#[derive(Debug, Clone)]
pub(crate) struct RequestHeaders {
    /// In lower case.
    listed: Sorted,
    any: bool,
    /// Without credentials `*` is sent as it is; with them it would be a header of that name.
    star: bool,
    line: String,
}

impl RequestHeaders {
    pub(crate) fn new(names: &[String], credentials: bool) -> Self {
        let any = has_star(names);
        let star = any && !credentials;
        let said: Vec<&str> = names
            .iter()
            .map(String::as_str)
            .filter(|name| star || *name != "*")
            .collect();
        let listed = said.iter().map(|name| name.to_ascii_lowercase()).collect();
        Self {
            listed,
            any,
            star,
            line: said.join(", "),
        }
    }

    /// Reads the values of `Access-Control-Request-Headers`: the names that are allowed and to be
    /// said beside those of the config, or the first that is not allowed.
    pub(crate) fn check<'a>(
        &self,
        values: impl Iterator<Item = &'a [u8]>,
    ) -> Result<Vec<String>, &'a [u8]> {
        let mut unlisted = vec![];
        for name in values
            .flat_map(|value| value.split(|b| *b == b','))
            .map(<[u8]>::trim_ascii)
        {
            if name.is_empty() {
                continue;
            }
            let lower = token(name).ok_or(name)?.to_ascii_lowercase();
            if self.listed.contains(lower.as_bytes()) {
                continue;
            }
            let by_star = self.any && lower != BY_NAME_ONLY;
            if !by_star && !HARMLESS.contains(&&*lower) {
                return Err(name);
            }
            if !(by_star && self.star) {
                unlisted.push(lower);
            }
        }
        Ok(unlisted)
    }

    /// The value of `Access-Control-Allow-Headers`; empty where there is none to list.
    pub(crate) fn line(&self, unlisted: &[String]) -> Cow<'_, str> {
        if unlisted.is_empty() {
            return Cow::Borrowed(&self.line);
        }
        let asked = unlisted.join(", ");
        match self.line.is_empty() {
            true => Cow::Owned(asked),
            false => Cow::Owned(format!("{}, {asked}", self.line)),
        }
    }
}
