//! Which paths have one reading only.

use std::fmt;

use super::{RequestPath, Segment, decode};

/// Why servers may read a path in different ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NotCanonical {
    /// It does not begin with `/`: asterisk-form (`OPTIONS *`), absolute-form, the authority of a
    /// CONNECT, or nothing (RFC 9112, 3.2).
    NotOriginForm,
    /// `.` or `..` as a segment, percent-encoded or not.
    DotSegment,
    /// `//`: an empty segment that is not the last.
    EmptySegment,
    /// `\`, which some servers take for `/`.
    Backslash,
    /// `%` without two hexadecimal digits.
    PercentEncoding,
    /// An overlong UTF-8 form, as `%C0%AF` for `/` (RFC 3629, 3).
    OverlongEncoding,
    /// A blank or a control character, or NUL percent-encoded.
    ControlCharacter,
    /// `;` in a segment on which a decision rests.
    Parameters,
}

impl NotCanonical {
    /// What is wrong, for a person: `a dot segment`.
    pub const fn describe(self) -> &'static str {
        match self {
            Self::NotOriginForm => "a target that does not begin with /",
            Self::DotSegment => "a dot segment",
            Self::EmptySegment => "an empty segment (//)",
            Self::Backslash => "a backslash",
            Self::PercentEncoding => "a % without two hexadecimal digits",
            Self::OverlongEncoding => "an overlong UTF-8 encoding",
            Self::ControlCharacter => "a blank or a control character",
            Self::Parameters => "parameters (;) in a segment that decides",
        }
    }
}

impl fmt::Display for NotCanonical {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.describe())
    }
}

pub(super) fn check(path: RequestPath<'_>) -> Result<(), NotCanonical> {
    let mut segments = path.segments().peekable();
    if segments.peek().is_none() {
        return Err(NotCanonical::NotOriginForm);
    }
    while let Some(segment) = segments.next() {
        if segment.raw().is_empty() && segments.peek().is_some() {
            return Err(NotCanonical::EmptySegment);
        }
        bytes(segment)?;
        if segment.is(b".") || segment.is(b"..") {
            return Err(NotCanonical::DotSegment);
        }
    }
    Ok(())
}

fn bytes(segment: Segment<'_>) -> Result<(), NotCanonical> {
    let mut rest = segment.raw();
    while let Some((first, after)) = rest.split_first() {
        rest = match first {
            b'\\' => return Err(NotCanonical::Backslash),
            0..=b' ' | 0x7f => return Err(NotCanonical::ControlCharacter),
            b'%' => match decode::escape(rest) {
                None => return Err(NotCanonical::PercentEncoding),
                Some((0, _)) => return Err(NotCanonical::ControlCharacter),
                Some((_, after)) => after,
            },
            _ => after,
        };
    }
    let mut lead = 0;
    for byte in decode::bytes(segment.raw()) {
        if is_overlong(lead, byte) {
            return Err(NotCanonical::OverlongEncoding);
        }
        lead = byte;
    }
    Ok(())
}

/// Whether `next` completes the beginning of a form that is longer than its character needs.
fn is_overlong(lead: u8, next: u8) -> bool {
    match lead {
        0xc0 | 0xc1 => matches!(next, 0x80..=0xbf),
        0xe0 => matches!(next, 0x80..=0x9f),
        0xf0 => matches!(next, 0x80..=0x8f),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_what_has_two_readings() {
        use NotCanonical::*;
        for (target, why) in [
            ("", NotOriginForm),
            ("*", NotOriginForm),
            ("http://a/b", NotOriginForm),
            ("a:443", NotOriginForm),
            ("/a/./b", DotSegment),
            ("/a/..", DotSegment),
            ("/a/%2e%2E/b", DotSegment),
            ("/.%2e", DotSegment),
            ("//a", EmptySegment),
            ("/a//", EmptySegment),
            ("/a\\b", Backslash),
            ("/a%2", PercentEncoding),
            ("/%zz", PercentEncoding),
            ("/%c0%af", OverlongEncoding),
            ("/%E0%80%AF", OverlongEncoding),
            ("/%f0%80%80%af", OverlongEncoding),
            ("/a b", ControlCharacter),
            ("/a%00", ControlCharacter),
            ("/a\x7f", ControlCharacter),
        ] {
            let found = RequestPath::new(target.as_bytes()).canonical();
            assert_eq!(found, Err(why), "{target}");
        }
    }

    #[test]
    fn takes_everything_else_as_it_is() {
        for target in [
            "/",
            "/a",
            "/a/",
            "/a%2Fb",
            "/a%5cb",
            "/a;b=c",
            "/...",
            "/a.",
            "/%C3%A9",
            "/\u{e9}",
            "/%FF",
            "/%252e%252e",
            "/a?x=//../\\%zz",
            "/a#/../",
        ] {
            assert_eq!(
                RequestPath::new(target.as_bytes()).canonical(),
                Ok(()),
                "{target}"
            );
        }
    }
}
