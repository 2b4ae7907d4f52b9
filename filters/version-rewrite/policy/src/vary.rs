//! `Vary`, merged.

/// `Vary` with `names` added to what is there; none where it holds them already, or `*`.
///
/// The names keep their order and are not repeated, in whatever case they stand (RFC 9110, 12.5.5).
pub(crate) fn merged<'a>(
    present: impl Iterator<Item = &'a [u8]>,
    names: impl Iterator<Item = &'a str>,
) -> Option<Vec<u8>> {
    let mut all: Vec<&[u8]> = vec![];
    for value in present {
        for name in value.split(|b| *b == b',').map(<[u8]>::trim_ascii) {
            if !name.is_empty() {
                all.push(name);
            }
        }
    }
    let before = all.len();
    for name in names {
        let known = |have: &&[u8]| **have == b"*"[..] || have.eq_ignore_ascii_case(name.as_bytes());
        if !all.iter().any(known) {
            all.push(name.as_bytes());
        }
    }
    (all.len() > before).then(|| all.join(&b", "[..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn merge(present: &[&str], names: &[&'static str]) -> Option<String> {
        let merged = merged(present.iter().map(|v| v.as_bytes()), names.iter().copied());
        merged.map(|v| String::from_utf8(v).unwrap())
    }

    #[test]
    fn adds_only_what_is_missing() {
        assert_eq!(merge(&[], &["A", "B"]).as_deref(), Some("A, B"));
        assert_eq!(
            merge(&["Origin,a", "x"], &["A", "B"]).as_deref(),
            Some("Origin, a, x, B")
        );
        assert_eq!(merge(&["b , a"], &["A", "B"]), None);
        assert_eq!(merge(&["*"], &["A"]), None);
        assert_eq!(merge(&["x"], &[]), None);
    }
}
