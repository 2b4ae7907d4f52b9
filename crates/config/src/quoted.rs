//! Text as JSON writes it, and where a text stands in another.

pub use hachure_json::quote as quoted;

/// What stands before and after the first `separator`, which is not empty.
///
/// Tried byte by byte: the standard library's search is quick on long texts and 1.6 KB in a module,
/// and configs are short.
pub(crate) fn split_at<'t>(text: &'t str, separator: &str) -> Option<(&'t str, &'t str)> {
    let mut windows = text.as_bytes().windows(separator.len());
    let at = windows.position(|window| window == separator.as_bytes())?;
    let (before, rest) = text.split_at_checked(at)?;
    Some((before, rest.strip_prefix(separator)?))
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn says_what_serde_json_says() {
        let texts = (0..=0x250).filter_map(char::from_u32).map(String::from);
        for text in texts.chain(["".into(), "a\"\\\n\r\té\u{1f}😀/".into()]) {
            let read: Value = serde_json::from_str(&quoted(&text)).unwrap();
            assert_eq!(read, Value::from(text));
        }
        assert_eq!(quoted("a\n\0"), "\"a\\n\\u0000\"");
    }

    #[test]
    fn splits_as_the_standard_library_does() {
        for text in [
            "",
            "a",
            ":",
            "::",
            ":::",
            "a::b",
            "a:::",
            "é::é",
            "a:b::c::d",
            "::é",
        ] {
            assert_eq!(split_at(text, "::"), text.split_once("::"), "{text}");
        }
    }
}
