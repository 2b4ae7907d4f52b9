//! Where a claim is, as a config names it.

use std::fmt;

/// The longest path, in names.
const MAX_NAMES: usize = 16;

/// The names that lead from the claims to one of them.
///
/// A path is read once, from the config, and means the same for every token: no token can make
/// `a.b` mean another claim by having a member of that name.
///
/// | text | names |
/// |---|---|
/// | `sub` | `sub` |
/// | `realm_access.roles` | `realm_access`, `roles` |
/// | `https://example.com/roles` | `https://example.com/roles`: a URL or URN is one name |
/// | `'https://example.com/app'.roles` | `https://example.com/app`, `roles` |
/// | `resource_access."my.client".roles` | `resource_access`, `my.client`, `roles` |
///
/// A name in quotes, single or double, ends at the next such quote and has no escapes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimPath(Vec<String>);

/// Why a text is no path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PathError {
    /// An empty text, or a name of no characters.
    EmptyName,
    /// A quote that does not end, or that does not end at a dot.
    Quote,
    /// More than 16 names.
    TooLong,
}

impl ClaimPath {
    /// Reads a path.
    pub fn parse(text: &str) -> Result<Self, PathError> {
        if is_uri(text) {
            return Self::from_names(vec![text.to_owned()]);
        }
        let mut names = vec![];
        let mut rest = Some(text);
        while let Some(text) = rest {
            let (name, after) = first_name(text)?;
            names.push(name.to_owned());
            rest = after;
        }
        Self::from_names(names)
    }

    /// The path of these names, none of them split any further.
    pub fn from_names(names: Vec<String>) -> Result<Self, PathError> {
        if names.is_empty() || names.iter().any(String::is_empty) {
            return Err(PathError::EmptyName);
        }
        if names.len() > MAX_NAMES {
            return Err(PathError::TooLong);
        }
        Ok(Self(names))
    }

    /// The names, from the outermost. Never empty.
    pub fn names(&self) -> &[String] {
        &self.0
    }
}

/// `https:`, `http:` and `urn:` as the claims of OpenID providers use them.
fn is_uri(text: &str) -> bool {
    ["https://", "http://", "urn:"]
        .iter()
        .any(|scheme| text.starts_with(scheme))
}

fn first_name(text: &str) -> Result<(&str, Option<&str>), PathError> {
    let Some(quote) = text.chars().next().filter(|c| matches!(c, '\'' | '"')) else {
        return Ok(match text.split_once('.') {
            Some((name, rest)) => (name, Some(rest)),
            None => (text, None),
        });
    };
    let quoted = text.get(1..).unwrap_or_default();
    let (name, rest) = quoted.split_once(quote).ok_or(PathError::Quote)?;
    match rest.strip_prefix('.') {
        None if rest.is_empty() => Ok((name, None)),
        None => Err(PathError::Quote),
        after => Ok((name, after)),
    }
}

impl fmt::Display for ClaimPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, name) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str(".")?;
            }
            let plain = !name.contains(['.', '\'', '"']);
            let quote = match plain || (self.0.len() == 1 && is_uri(name)) {
                true => "",
                false if name.contains('\'') => "\"",
                false => "'",
            };
            write!(f, "{quote}{name}{quote}")?;
        }
        Ok(())
    }
}

impl fmt::Display for PathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::EmptyName => "a claim's name between the dots",
            Self::Quote => "a quote that ends at a dot or at the end",
            Self::TooLong => "at most 16 names",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_quotes_and_urls() {
        for (text, names) in [
            ("sub", vec!["sub"]),
            ("realm_access.roles", vec!["realm_access", "roles"]),
            (
                "https://example.com/roles",
                vec!["https://example.com/roles"],
            ),
            ("urn:zitadel:iam:org:id", vec!["urn:zitadel:iam:org:id"]),
            ("cognito:groups", vec!["cognito:groups"]),
            (
                "'https://example.com/app'.roles",
                vec!["https://example.com/app", "roles"],
            ),
            ("a.\"my.client\".b", vec!["a", "my.client", "b"]),
            ("a.'it\"s'", vec!["a", "it\"s"]),
            ("a b.c", vec!["a b", "c"]),
            ("it's", vec!["it's"]),
        ] {
            let path = ClaimPath::parse(text).unwrap();
            assert_eq!(path.names(), names, "{text}");
            assert_eq!(
                ClaimPath::parse(&path.to_string()).as_ref(),
                Ok(&path),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_no_path() {
        for (text, error) in [
            ("", PathError::EmptyName),
            (".", PathError::EmptyName),
            ("a.", PathError::EmptyName),
            ("a..b", PathError::EmptyName),
            ("''", PathError::EmptyName),
            ("'a", PathError::Quote),
            ("'a'b", PathError::Quote),
            ("a.'b'c", PathError::Quote),
            (&"a.".repeat(17), PathError::EmptyName),
            (&("a.".repeat(16) + "a"), PathError::TooLong),
        ] {
            assert_eq!(ClaimPath::parse(text), Err(error), "{text}");
        }
    }
}
