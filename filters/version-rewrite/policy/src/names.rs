//! What a version may be called, and what looks like a version.

/// Whether `text` can be the name of a version: it then goes into a header, a segment, a media
/// type and a metric as it is.
pub(crate) fn is_version_name(text: &str) -> bool {
    text.len() <= 64
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
}

/// Whether someone meant a version: `9`, `v9`, `2026-01-01`. `vendors` and `orders` are words.
pub(crate) fn looks_like_a_version(text: &[u8]) -> bool {
    let digits = text
        .strip_prefix(b"v")
        .or_else(|| text.strip_prefix(b"V"))
        .unwrap_or(text);
    digits.first().is_some_and(u8::is_ascii_digit)
}

/// Whether `text` is a token (RFC 9110, 5.6.2): a header's name, half of a media type.
pub(crate) fn is_token(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}

/// Whether `text` is `type/subtype` without parameters.
pub(crate) fn is_media_type(text: &str) -> bool {
    text.split_once('/')
        .is_some_and(|(kind, subtype)| is_token(kind) && is_token(subtype))
}

/// A text with one `{version}` in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Affixes {
    pub(crate) before: String,
    pub(crate) after: String,
}

impl Affixes {
    /// Splits `text` at its `{version}`; none where there is not exactly one.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (before, rest) = text.split_once('{')?;
        let after = rest.strip_prefix("version}")?;
        let plain = |part: &str| !part.contains(['{', '}']);
        (plain(before) && plain(after)).then(|| Self {
            before: before.to_owned(),
            after: after.to_owned(),
        })
    }

    /// What stands in the place of `{version}` in `text`. `same` compares the rest.
    pub(crate) fn version_in<'t>(
        &self,
        text: &'t [u8],
        same: impl Fn(&[u8], &[u8]) -> bool,
    ) -> Option<&'t [u8]> {
        let (before, rest) = text.split_at_checked(self.before.len())?;
        let end = rest.len().checked_sub(self.after.len())?;
        let (version, after) = rest.split_at_checked(end)?;
        let fits = same(before, self.before.as_bytes()) && same(after, self.after.as_bytes());
        fits.then_some(version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_versions_from_words() {
        for text in ["1", "v1", "V2", "10.3", "2026-01-01", "1x"] {
            assert!(looks_like_a_version(text.as_bytes()), "{text}");
        }
        for text in ["", "v", "vendors", "orders", "latest", "-1", "vv1"] {
            assert!(!looks_like_a_version(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn names_go_anywhere_as_they_are() {
        for name in [
            "1",
            "v1",
            "2026-01-01",
            "latest",
            "1.2_rc-1",
            "a".repeat(64).as_str(),
        ] {
            assert!(is_version_name(name), "{name}");
        }
        for name in [
            "",
            ".1",
            "-",
            "1/2",
            "1 ",
            "é",
            "1%",
            "a".repeat(65).as_str(),
        ] {
            assert!(!is_version_name(name), "{name}");
        }
    }

    #[test]
    fn media_types_have_two_halves() {
        for text in ["application/json", "application/vnd.acme.v1+json"] {
            assert!(is_media_type(text), "{text}");
        }
        for text in [
            "",
            "json",
            "/json",
            "application/",
            "a/b/c",
            "a/b;c=d",
            "a b/c",
        ] {
            assert!(!is_media_type(text), "{text}");
        }
    }

    #[test]
    fn one_placeholder() {
        let affixes = Affixes::parse("a{version}b").unwrap();
        assert_eq!(
            (affixes.before.as_str(), affixes.after.as_str()),
            ("a", "b")
        );
        for text in ["", "v", "{version}{version}", "{v}{version}", "{version}}"] {
            assert_eq!(Affixes::parse(text), None, "{text}");
        }
    }
}
