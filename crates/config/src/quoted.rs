//! Text as JSON writes it.

/// A text as a JSON string (RFC 8259, 7): what errors show of a config.
pub fn quoted(text: &str) -> String {
    let mut out = String::from('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\0'..='\x1f' => {
                out.push_str("\\u00");
                out.push(if c < '\x10' { '0' } else { '1' });
                out.push(char::from_digit(u32::from(c) % 16, 16).unwrap_or('0'));
            }
            _ => out.push(c),
        }
    }
    out.push('"');
    out
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
}
