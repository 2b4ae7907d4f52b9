//! Headers that only this filter may set: no client's copy of them goes on.

use hachure_exchange::Exchange;

/// Names of headers, none of which a client may send.
///
/// Many servers turn `-` in a name into `_` and cannot tell the two apart afterwards, so a name
/// with any of its hyphens written as underscores is the same name here.
#[derive(Debug, Default)]
pub(crate) struct Owned(Vec<String>);

impl Owned {
    pub(crate) fn new(names: Vec<String>) -> Self {
        Self(names)
    }

    /// The names.
    pub(crate) fn names(&self) -> &[String] {
        &self.0
    }

    /// Removes every header of one of the names.
    pub(crate) fn strip(&self, x: &mut Exchange<'_>) {
        if self.0.is_empty() {
            return;
        }
        let names = x.headers().iter().map(|(name, _)| name);
        let forged: Vec<String> = names
            .filter(|name| self.0.iter().any(|owned| is_twin(name, owned.as_bytes())))
            .map(|name| String::from_utf8_lossy(name).into_owned())
            .collect();
        for name in forged {
            x.remove(&name);
        }
    }
}

fn is_twin(name: &[u8], owned: &[u8]) -> bool {
    let plain = |b: &u8| match b.to_ascii_lowercase() {
        b'_' => b'-',
        other => other,
    };
    name.len() == owned.len() && name.iter().map(plain).eq(owned.iter().map(plain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_hyphen_may_be_an_underscore() {
        for name in ["x-user-id", "x_user_id", "x-user_id", "X_User-ID"] {
            assert!(is_twin(name.as_bytes(), b"x-user-id"), "{name}");
            assert!(is_twin(name.as_bytes(), b"x_user_id"), "{name}");
        }
        for name in ["x-user-i", "x-user-ids", "x.user-id", "xuser-id"] {
            assert!(!is_twin(name.as_bytes(), b"x-user-id"), "{name}");
        }
    }
}
