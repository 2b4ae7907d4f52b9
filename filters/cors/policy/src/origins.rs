//! The list of origins, compiled.

use crate::origin::Origin;
use crate::pattern::OriginPattern;
use crate::sorted::Sorted;

/// What the list says of an `Origin` header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It may read answers.
    Allowed,
    /// It is an origin and not listed.
    NotListed,
    /// It is no single origin: unreadable, empty or repeated.
    Invalid,
}

/// Every origin that is allowed.
#[derive(Debug, Clone)]
pub struct Origins {
    any: bool,
    null: bool,
    /// Serialized, in order: most requests are decided by one search of it.
    exact: Sorted,
    patterns: Vec<OriginPattern>,
}

impl Origins {
    /// The list of these entries, whose order does not count.
    pub fn new(entries: &[OriginPattern]) -> Self {
        let exact = entries.iter().filter_map(|entry| match entry {
            OriginPattern::Exact(origin) => Some(origin.to_string()),
            _ => None,
        });
        Self {
            any: entries
                .iter()
                .any(|entry| matches!(entry, OriginPattern::Any)),
            null: entries
                .iter()
                .any(|entry| matches!(entry, OriginPattern::Null)),
            exact: exact.collect(),
            patterns: entries.to_vec(),
        }
    }

    /// Whether every origin is allowed, so that the answer is the same for all.
    pub fn any(&self) -> bool {
        self.any
    }

    /// Where the value of an `Origin` header stands.
    pub fn standing(&self, value: &[u8]) -> Standing {
        if self.any || self.exact.contains(value) {
            return Standing::Allowed;
        }
        if value == b"null" {
            return if self.null {
                Standing::Allowed
            } else {
                Standing::NotListed
            };
        }
        let Some(origin) = Origin::parse(value) else {
            return Standing::Invalid;
        };
        let serialized = origin.to_string();
        let allowed = self.exact.contains(serialized.as_bytes())
            || self
                .patterns
                .iter()
                .any(|pattern| pattern.matches(&origin, &serialized));
        if allowed {
            Standing::Allowed
        } else {
            Standing::NotListed
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing(entries: &[&str], value: &str) -> Standing {
        let entries = entries
            .iter()
            .map(|entry| OriginPattern::parse(entry).unwrap());
        Origins::new(&entries.collect::<Vec<_>>()).standing(value.as_bytes())
    }

    #[test]
    fn compares_origins_not_texts() {
        let listed = [
            "https://App.example.com:443",
            "https://*.example.org",
            "null",
        ];
        for (value, expected) in [
            ("https://app.example.com", Standing::Allowed),
            ("https://APP.example.com", Standing::Allowed),
            ("https://app.example.com:443", Standing::Allowed),
            ("https://a.example.org", Standing::Allowed),
            ("null", Standing::Allowed),
            ("NULL", Standing::Invalid),
            ("https://app.example.com:80", Standing::NotListed),
            ("https://app.example.com.", Standing::Invalid),
            (
                "https://app.example.com,https://app.example.com",
                Standing::Invalid,
            ),
            ("", Standing::Invalid),
        ] {
            assert_eq!(standing(&listed, value), expected, "{value}");
        }
        assert_eq!(standing(&["https://a.test"], "null"), Standing::NotListed);
        assert_eq!(standing(&["*"], "null"), Standing::Allowed);
    }
}
