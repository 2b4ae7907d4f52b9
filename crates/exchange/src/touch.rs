//! What of a request a policy may change, and so which route it may be sent to.

use std::collections::BTreeSet;

/// The request headers that a policy may set or remove, whatever the request.
///
/// Envoy chooses the route again after each of these changes, and runs the filters of the route that
/// it chose first: whoever puts a policy on a route has to know whether it can lead to another one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Touched {
    names: BTreeSet<String>,
    rest: bool,
}

impl Touched {
    /// Nothing.
    pub fn nothing() -> Self {
        Self::default()
    }

    /// Headers by their names in lower case, pseudo-headers among them.
    pub fn names(names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self {
            names: names.into_iter().map(Into::into).collect(),
            rest: false,
        }
    }

    /// Every header but pseudo-headers.
    pub fn headers() -> Self {
        Self {
            names: BTreeSet::new(),
            rest: true,
        }
    }

    /// Everything, the path, the method and the host among it.
    pub fn everything() -> Self {
        Self {
            rest: true,
            ..Self::names([":path", ":method", ":authority", ":scheme"])
        }
    }

    /// Both.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.names.extend(other.names);
        self.rest |= other.rest;
        self
    }

    /// Whether a header is among it. `-` and `_` in a name are one to many servers, and so they
    /// are here.
    pub fn has(&self, name: &str) -> bool {
        let plain = |name: &str| name.replace('_', "-");
        let twin = |own: &String| plain(own) == plain(name);
        (self.rest && !name.starts_with(':')) || self.names.iter().any(twin)
    }

    /// Whether there is anything.
    pub fn is_nothing(&self) -> bool {
        self.names.is_empty() && !self.rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_what_else() {
        let some = Touched::names([":path", "x-user-id"]);
        for (name, has) in [
            (":path", true),
            ("x-user-id", true),
            ("x_user-id", true),
            ("x-user", false),
            (":method", false),
        ] {
            assert_eq!(some.has(name), has, "{name}");
        }
        let headers = Touched::headers();
        assert!(headers.has("x-user") && !headers.has(":path"));
        assert!(headers.and(some).has(":path"));
        assert!(Touched::everything().has(":authority"));
        assert!(Touched::nothing().is_nothing() && !Touched::headers().is_nothing());
    }
}
