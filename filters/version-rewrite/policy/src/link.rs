//! `Link` header values (RFC 8288).

use hachure_exchange::Refusal;

/// A link with one relation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Link {
    /// What the config and problem documents call it.
    key: &'static str,
    target: String,
    relation: &'static str,
    /// The field value.
    pub(crate) value: String,
}

impl Link {
    /// A link to `target`; none where that is neither an `http` or `https` URL nor a path.
    pub(crate) fn new(key: &'static str, relation: &'static str, target: &str) -> Option<Self> {
        let begins = ["https://", "http://", "/"]
            .iter()
            .any(|b| target.starts_with(b));
        let plain = target
            .bytes()
            .all(|b| b.is_ascii_graphic() && !b"<>\"\\^`{|}".contains(&b));
        let value = format!("<{target}>; rel=\"{relation}\"");
        (begins && plain).then(|| Self {
            key,
            target: target.to_owned(),
            relation,
            value,
        })
    }

    /// The refusal with the link as a member of the problem.
    pub(crate) fn add_to(&self, refusal: Refusal) -> Refusal {
        refusal.member(self.key, self.target.as_str())
    }

    /// Whether a `Link` field value holds this link already.
    pub(crate) fn is_in(&self, field: &[u8]) -> bool {
        let mut rest = field;
        while let Some((target, parameters, after)) = next_link(rest) {
            if target == self.target.as_bytes() && has_relation(parameters, self.relation) {
                return true;
            }
            rest = after;
        }
        false
    }
}

/// The next link of a field value: its target, its parameters, and what follows.
fn next_link(text: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let start = text.iter().position(|b| *b == b'<')?.checked_add(1)?;
    let rest = text.get(start..)?;
    let end = rest.iter().position(|b| *b == b'>')?;
    let (target, rest) = rest.split_at_checked(end)?;
    let rest = rest.get(1..)?;
    let mut quoted = false;
    let next = rest.iter().position(|b| {
        quoted ^= *b == b'"';
        *b == b',' && !quoted
    });
    let (parameters, after) = rest.split_at_checked(next.unwrap_or(rest.len()))?;
    Some((target, parameters, after))
}

/// Whether one of the blank-separated relations of `rel` is `relation`.
fn has_relation(parameters: &[u8], relation: &str) -> bool {
    parameters.split(|b| *b == b';').any(|parameter| {
        let parameter = parameter.trim_ascii();
        let Some((b"rel=", value)) = parameter.split_at_checked(4) else {
            return false;
        };
        let value = match value {
            [b'"', quoted @ .., b'"'] => quoted,
            token => token,
        };
        value
            .split(|b| *b == b' ')
            .any(|r| r.eq_ignore_ascii_case(relation.as_bytes()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_itself_however_it_is_written() {
        let link = Link::new("sunset", "sunset", "https://a.test/b,c").unwrap();
        assert_eq!(link.value, "<https://a.test/b,c>; rel=\"sunset\"");
        for field in [
            link.value.as_str(),
            "<https://a.test/b,c>;rel=sunset",
            "</x>; rel=\"next\", <https://a.test/b,c>; title=\"a,b\"; rel=\"help Sunset\"",
        ] {
            assert!(link.is_in(field.as_bytes()), "{field}");
        }
        for field in [
            "",
            "<",
            "<https://a.test/b,c>",
            "<https://a.test/b,c>; rel=\"deprecation\"",
            "<https://a.test/b>; rel=\"sunset\"",
            "<https://a.test/b,c>; rel=\"next\", </x>; rel=\"sunset\"",
        ] {
            assert!(!link.is_in(field.as_bytes()), "{field}");
        }
    }

    #[test]
    fn a_target_cannot_leave_its_brackets() {
        for target in [
            "",
            "a",
            "javascript:x",
            "https://a>b",
            "/a b",
            "/a\n",
            "/é",
            "/\"",
        ] {
            assert_eq!(Link::new("sunset", "sunset", target), None, "{target}");
        }
    }
}
