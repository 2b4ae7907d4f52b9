//! `Vary`: what an answer depends on, for the caches on its way.

/// The value that names `ours` after all that `theirs`, the response's own `Vary` fields, name.
/// None where nothing is to change: all of ours are among theirs, or `*` says already that no
/// cache may answer (RFC 9110, 12.5.5).
pub fn merge(theirs: &[&[u8]], ours: &[&str]) -> Option<Vec<u8>> {
    if theirs.is_empty() {
        return (!ours.is_empty()).then(|| ours.join(", ").into_bytes());
    }
    let names = || theirs.iter().flat_map(|field| field.split(|b| *b == b','));
    let named = |name: &[u8]| names().any(|n| n.trim_ascii().eq_ignore_ascii_case(name));
    let missing = ours.iter().map(|name| name.as_bytes());
    let missing: Vec<_> = missing.filter(|name| !named(name)).collect();
    if missing.is_empty() || named(b"*") {
        return None;
    }
    let theirs = theirs.iter().map(|field| field.trim_ascii());
    let parts = theirs.filter(|field| !field.is_empty()).chain(missing);
    Some(parts.collect::<Vec<_>>().join(&b", "[..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn merged(theirs: &[&str]) -> Option<String> {
        let theirs: Vec<_> = theirs.iter().map(|field| field.as_bytes()).collect();
        merge(&theirs, &["Origin"]).map(|line| String::from_utf8(line).unwrap())
    }

    #[test]
    fn names_each_once() {
        for (theirs, expected) in [
            (&[][..], Some("Origin")),
            (&["Accept-Encoding"], Some("Accept-Encoding, Origin")),
            (&["accept-encoding,origin"], None),
            (&["ORIGIN"], None),
            (&["Accept", "Origin"], None),
            (&["Accept", "b,c"], Some("Accept, b,c, Origin")),
            (&["*"], None),
            (&["a", " * "], None),
            (&["a,*"], None),
            (&["", " "], Some("Origin")),
            (&["xorigin"], Some("xorigin, Origin")),
        ] {
            assert_eq!(merged(theirs).as_deref(), expected, "{theirs:?}");
        }
    }
}
