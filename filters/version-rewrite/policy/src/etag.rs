//! Entity tags of a version (RFC 9110, 8.8.3): what a client gets is another representation than
//! what the upstream has, so its tag is another one.

/// The tag of the version: `"a"` becomes `"a;v=1"`, weak ones too. None for what is no tag.
pub(crate) fn of_version(tag: &[u8], version: &str) -> Option<Vec<u8>> {
    let tag = tag.trim_ascii();
    let opaque = tag.strip_suffix(b"\"")?;
    is_tag(tag).then(|| [opaque, b";v=", version.as_bytes(), b"\""].concat())
}

/// A list of tags in the upstream's words. Those of other versions are left out with `drop`, for
/// they name other representations; otherwise they stay. None where none is left. `*` stays.
pub(crate) fn of_upstream(list: &[u8], version: &str, drop: bool) -> Option<Vec<u8>> {
    let suffix = [b";v=", version.as_bytes(), b"\""].concat();
    let mut kept: Vec<Vec<u8>> = vec![];
    for tag in tags(list) {
        match tag.strip_suffix(suffix.as_slice()) {
            Some(own) => kept.push([own, b"\""].concat()),
            None if drop && tag != b"*" => {}
            None => kept.push(tag.to_vec()),
        }
    }
    (!kept.is_empty()).then(|| kept.join(&b", "[..]))
}

/// The parts of a list; a comma inside of quotes is part of a tag.
fn tags(list: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut quoted = false;
    let parts = list.split(move |byte| {
        quoted ^= *byte == b'"';
        *byte == b',' && !quoted
    });
    parts.map(<[u8]>::trim_ascii).filter(|tag| !tag.is_empty())
}

fn is_tag(tag: &[u8]) -> bool {
    let opaque = tag.strip_prefix(b"W/").unwrap_or(tag);
    matches!(opaque, [b'"', inner @ .., b'"'] if !inner.contains(&b'"'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_of_a_version_leads_back() {
        for (tag, own) in [
            ("\"a\"", "\"a;v=1\""),
            ("W/\"a,b\"", "W/\"a,b;v=1\""),
            ("\"\"", "\";v=1\""),
        ] {
            let made = of_version(tag.as_bytes(), "1").unwrap();
            assert_eq!(made, own.as_bytes());
            assert_eq!(of_upstream(&made, "1", true).unwrap(), tag.as_bytes());
            assert_eq!(of_upstream(&made, "2", true), None);
            assert_eq!(of_upstream(&made, "2", false).unwrap(), made);
        }
        for none in ["a", "\"a", "\"a\"b\"", ""] {
            assert_eq!(of_version(none.as_bytes(), "1"), None, "{none}");
        }
    }

    #[test]
    fn a_list_keeps_what_is_its_own() {
        let list = br#""a;v=1", W/"b,c;v=1" , "d;v=2","e""#;
        let kept = |drop| String::from_utf8(of_upstream(list, "1", drop).unwrap()).unwrap();
        assert_eq!(kept(true), r#""a", W/"b,c""#);
        assert_eq!(kept(false), r#""a", W/"b,c", "d;v=2", "e""#);
        assert_eq!(of_upstream(b"*", "1", true).unwrap(), b"*");
        assert_eq!(of_upstream(b"\"x\"", "1", true), None);
    }
}
