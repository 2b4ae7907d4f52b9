//! `Vary`: what an answer depends on, for the caches on its way.

/// The value that names `ours` after all that `theirs`, the response's own `Vary`, names; empty
/// where it has none. None where nothing is to change: all of ours are among theirs, or `*` says
/// already that no cache may answer (RFC 9110, 12.5.5).
pub fn merge(theirs: &[u8], ours: &[&str]) -> Option<Vec<u8>> {
    let theirs = theirs.trim_ascii();
    if theirs.is_empty() {
        return (!ours.is_empty()).then(|| ours.join(", ").into_bytes());
    }
    let names = || theirs.split(|b| *b == b',').map(<[u8]>::trim_ascii);
    let named = |name: &[u8]| names().any(|n| n.eq_ignore_ascii_case(name));
    let missing: Vec<_> = ours
        .iter()
        .filter(|name| !named(name.as_bytes()))
        .copied()
        .collect();
    if missing.is_empty() || named(b"*") {
        return None;
    }
    Some([theirs, missing.join(", ").as_bytes()].join(&b", "[..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn merged(theirs: &str) -> Option<String> {
        merge(theirs.as_bytes(), &["Origin"]).map(|line| String::from_utf8(line).unwrap())
    }

    #[test]
    fn names_each_once() {
        for (theirs, expected) in [
            ("", Some("Origin")),
            (" ", Some("Origin")),
            ("Accept-Encoding", Some("Accept-Encoding, Origin")),
            ("accept-encoding,origin", None),
            ("ORIGIN", None),
            ("Accept,b, c ", Some("Accept,b, c, Origin")),
            ("*", None),
            ("a, * ", None),
            ("xorigin", Some("xorigin, Origin")),
        ] {
            assert_eq!(merged(theirs).as_deref(), expected, "{theirs:?}");
        }
    }
}
