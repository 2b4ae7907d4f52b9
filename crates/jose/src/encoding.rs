//! base64url as RFC 7515 (appendix C) uses it.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Decodes the one text that encodes some bytes: no padding, no `+` or `/`, no blanks, and zero in
/// the bits that no byte takes (RFC 4648, 3.5), so that no token has a twin with another text.
pub(crate) fn decode(text: &[u8]) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_text_for_some_bytes() {
        assert_eq!(decode(b""), Some(vec![]));
        assert_eq!(decode(b"-_8"), Some(vec![0xfb, 0xff]));
        for text in [
            "-_8=", "+/8", "-_9", "-_8\n", " -_8", "-_ 8", "-", "-_8A-", "\u{e9}A", "-_8\0",
        ] {
            assert_eq!(decode(text.as_bytes()), None, "{text:?}");
        }
    }
}
