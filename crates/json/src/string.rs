//! Strings between their text and their characters.

use std::borrow::Cow;

/// The characters of a string from its text, quotes included, which a [`crate::Reader`] has read.
/// An error is the byte of a Unicode escape that stands for no character: half of a pair.
pub fn unquote(text: &str) -> Result<Cow<'_, str>, usize> {
    let inner = text
        .strip_prefix('"')
        .and_then(|t| t.strip_suffix('"'))
        .unwrap_or(text);
    if !inner.contains('\\') {
        return Ok(Cow::Borrowed(inner));
    }
    let mut out = String::with_capacity(inner.len());
    let mut rest = inner;
    while let Some((plain, escape)) = rest.split_once('\\') {
        out.push_str(plain);
        let mut letters = escape.chars();
        let letter = letters.next().unwrap_or_default();
        rest = letters.as_str();
        let character = match letter {
            'b' => '\x08',
            'f' => '\x0c',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => {
                let read = unicode(escape);
                let (character, after) = read.ok_or_else(|| offset(text, escape))?;
                rest = after;
                character
            }
            other => other,
        };
        out.push(character);
    }
    out.push_str(rest);
    Ok(Cow::Owned(out))
}

/// `u00e9`, or two of them that are a pair with `\` between; and what follows.
fn unicode(escape: &str) -> Option<(char, &str)> {
    let (first, rest) = unit(escape)?;
    let second = rest.strip_prefix('\\').and_then(unit);
    let alone = char::decode_utf16([first]).next()?;
    match (alone, second) {
        (Ok(character), _) => Some((character, rest)),
        (Err(_), Some((second, rest))) => {
            let pair = char::decode_utf16([first, second]).next()?.ok()?;
            Some((pair, rest))
        }
        (Err(_), None) => None,
    }
}

fn unit(escape: &str) -> Option<(u16, &str)> {
    let rest = escape.strip_prefix('u')?;
    let digits = rest.get(..4)?;
    Some((u16::from_str_radix(digits, 16).ok()?, rest.get(4..)?))
}

fn offset(text: &str, part: &str) -> usize {
    text.len().saturating_sub(part.len()).saturating_sub(1)
}

/// The text of a string with these characters, quotes included.
pub fn quote(characters: &str) -> String {
    let mut text = String::with_capacity(characters.len().saturating_add(2));
    text.push('"');
    for character in characters.chars() {
        match character {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            control @ '\0'..='\x1f' => {
                text.push_str("\\u00");
                for digit in [(control as u32) >> 4, (control as u32) & 15] {
                    text.extend(char::from_digit(digit, 16));
                }
            }
            other => text.push(other),
        }
    }
    text.push('"');
    text
}
