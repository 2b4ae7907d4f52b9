//! How many units a request uses.

use hachure_exchange::{Exchange, Reason, Single};

use crate::reasons;

/// Where the cost stands.
#[derive(Debug)]
pub(crate) enum Cost {
    Constant(u64),
    Header {
        name: String,
        default: u64,
        max: u64,
    },
    ResponseHeader {
        name: String,
        default: u64,
        remove: bool,
    },
}

impl Cost {
    /// The cost as far as the request tells it: nothing where the response will.
    pub(crate) fn of_request(&self, x: &mut Exchange<'_>) -> Result<u64, &'static Reason> {
        match self {
            Self::Constant(cost) => Ok(*cost),
            Self::ResponseHeader { .. } => Ok(0),
            Self::Header { name, default, max } => match x.headers().single(name) {
                Single::Absent => Ok(*default),
                Single::One(value) => number(value)
                    .filter(|cost| (1..=*max).contains(cost))
                    .ok_or(&reasons::COST_INVALID),
                Single::Differing => Err(&reasons::COST_INVALID),
            },
        }
    }

    /// The cost that the response's headers tell; none where it was known before.
    pub(crate) fn of_response(&self, x: &mut Exchange<'_>) -> Option<u64> {
        let Self::ResponseHeader {
            name,
            default,
            remove,
        } = self
        else {
            return None;
        };
        let said = x.headers().single(name);
        let cost = said.one().and_then(number).unwrap_or(*default);
        if *remove && said != Single::Absent {
            x.remove(name);
        }
        Some(cost)
    }
}

/// A whole number without a sign, of at most 15 digits.
pub(crate) fn number(text: &[u8]) -> Option<u64> {
    let digits = (1..=15).contains(&text.len()) && text.iter().all(u8::is_ascii_digit);
    str::from_utf8(text).ok().filter(|_| digits)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_digits() {
        assert_eq!(number(b"007"), Some(7));
        assert_eq!(number(b"999999999999999"), Some(999_999_999_999_999));
        for text in [
            "",
            "+1",
            "-1",
            "1.0",
            "1e3",
            " 1",
            "0x1",
            "1000000000000000",
            "\u{661}",
        ] {
            assert_eq!(number(text.as_bytes()), None, "{text}");
        }
    }
}
