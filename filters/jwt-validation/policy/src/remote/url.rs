//! The address of a key set.

/// An `http` or `https` URL as a call needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Url {
    pub(crate) authority: String,
    /// Path and query.
    pub(crate) target: String,
    is_secure: bool,
}

impl Url {
    /// Reads one; none where it is no URL of a server, or has a user, a fragment or anything that
    /// is not printable.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let is_secure = text.starts_with("https://");
        let rest = text
            .strip_prefix("https://")
            .or_else(|| text.strip_prefix("http://"))?;
        if !rest.bytes().all(|b| matches!(b, b'!'..=b'~')) || rest.contains(['#', '\\']) {
            return None;
        }
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, target) = rest.split_at_checked(end)?;
        if authority.is_empty() || authority.contains('@') {
            return None;
        }
        let slash = if target.starts_with('/') { "" } else { "/" };
        Some(Self {
            authority: authority.to_owned(),
            target: format!("{slash}{target}"),
            is_secure,
        })
    }

    /// Whether what is found through this one may be fetched from `other`: never in the clear
    /// where this one was not.
    pub(crate) fn may_lead_to(&self, other: &Self) -> bool {
        other.is_secure || !self.is_secure
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_a_call_needs() {
        let parts = |text| Url::parse(text).map(|url| (url.authority, url.target));
        let of = |a: &str, t: &str| Some((a.to_owned(), t.to_owned()));
        assert_eq!(parts("https://a.example/b?c=d"), of("a.example", "/b?c=d"));
        assert_eq!(parts("http://a:8080"), of("a:8080", "/"));
        assert_eq!(parts("https://[::1]:1/"), of("[::1]:1", "/"));
        assert_eq!(parts("https://a?b"), of("a", "/?b"));
        for text in [
            "",
            "a.example/b",
            "ftp://a/",
            "https://",
            "https:///b",
            "https://u@a/",
            "https://a/#b",
            "https://a/ b",
            "https://a/\r\nx: y",
            "https://é/",
            "https://a\\b",
        ] {
            assert_eq!(parts(text), None, "{text}");
        }
    }

    #[test]
    fn a_secure_way_stays_secure() {
        let url = |text| Url::parse(text).unwrap();
        assert!(url("https://a/").may_lead_to(&url("https://b/")));
        assert!(url("http://a/").may_lead_to(&url("http://b/")));
        assert!(!url("https://a/").may_lead_to(&url("http://b/")));
    }
}
