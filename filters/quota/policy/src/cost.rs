//! How many units a request uses.

use hachure_exchange::{Exchange, Reason, Single};

use crate::reasons;

pub(crate) mod body;

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
    ResponseBody(InBody),
}

/// A cost that stands in the body of the response.
#[derive(Debug)]
pub(crate) struct InBody {
    /// The names on the way to it.
    pub(crate) path: Vec<String>,
    /// What is taken before, in any case.
    pub(crate) default: u64,
    pub(crate) max_body: usize,
}

impl Cost {
    /// The cost as far as the request tells it: nothing where the response will.
    pub(crate) fn of_request(&self, x: &mut Exchange<'_>) -> Result<u64, &'static Reason> {
        match self {
            Self::Constant(cost) => Ok(*cost),
            Self::ResponseHeader { .. } | Self::ResponseBody(_) => Ok(0),
            Self::Header { name, default, max } => match x.headers().single(name) {
                Single::Absent => Ok(*default),
                Single::One(value) => number(value)
                    .filter(|cost| (1..=*max).contains(cost))
                    .ok_or(&reasons::COST_INVALID),
                Single::Differing => Err(&reasons::COST_INVALID),
            },
        }
    }

    /// The cost that is taken with the response's headers; nothing where it was known before.
    pub(crate) fn of_headers(&self, x: &mut Exchange<'_>) -> u64 {
        match self {
            Self::Constant(_) | Self::Header { .. } => 0,
            Self::ResponseBody(body) => body.default,
            Self::ResponseHeader {
                name,
                default,
                remove,
            } => {
                let said = x.headers().single(name);
                let cost = said.one().and_then(number).unwrap_or(*default);
                if *remove && said != Single::Absent {
                    x.remove(name);
                }
                cost
            }
        }
    }

    /// How much of the response's body is read for it; none where it stands elsewhere.
    pub(crate) fn in_body(&self) -> Option<&InBody> {
        match self {
            Self::ResponseBody(body) => Some(body),
            _ => None,
        }
    }
}

impl InBody {
    /// What a body says beyond what was taken before.
    pub(crate) fn more(&self, form: body::Form, text: &[u8]) -> u64 {
        let short = text.len() <= self.max_body;
        let said = short.then(|| body::said(form, text, &self.path)).flatten();
        said.unwrap_or(0).saturating_sub(self.default)
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
