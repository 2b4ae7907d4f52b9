//! Percent-encoding (RFC 3986, 2.1).

/// The bytes with every escape undone, once. An escape that is none stays as it is.
pub(super) fn bytes(raw: &[u8]) -> impl Iterator<Item = u8> + Clone {
    let mut rest = raw;
    std::iter::from_fn(move || {
        let (first, after) = rest.split_first()?;
        if let Some((byte, after)) = escape(rest) {
            rest = after;
            return Some(byte);
        }
        rest = after;
        Some(*first)
    })
}

/// The byte that an escape at the beginning of `text` stands for, and what follows it.
pub(super) fn escape(text: &[u8]) -> Option<(u8, &[u8])> {
    match text {
        [b'%', high, low, after @ ..] => {
            let byte = digit(*high)?.checked_mul(16)?.checked_add(digit(*low)?)?;
            Some((byte, after))
        }
        _ => None,
    }
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte)
        .to_digit(16)
        .and_then(|d| u8::try_from(d).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn undoes_escapes_once_and_leaves_what_is_none() {
        for (raw, decoded) in [
            (&b"a%2Fb"[..], &b"a/b"[..]),
            (b"%252e", b"%2e"),
            (b"%", b"%"),
            (b"%4", b"%4"),
            (b"%zz%41", b"%zzA"),
            (b"%%41", b"%A"),
            (b"%fF", b"\xff"),
        ] {
            assert_eq!(bytes(raw).collect::<Vec<_>>(), decoded, "{raw:?}");
        }
    }
}
