//! What may be done to a variable's value.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_encode;
use sha2::{Digest, Sha256};

use crate::query::RESERVED;

pub(super) const KNOWN: &str = "lower, upper, base64, urlencode, sha256, default:TEXT";

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Filter {
    Lower,
    Upper,
    Base64,
    UrlEncode,
    Sha256,
    Default(String),
}

pub(super) fn parse(word: &str) -> Option<Filter> {
    Some(match word {
        "lower" => Filter::Lower,
        "upper" => Filter::Upper,
        "base64" => Filter::Base64,
        "urlencode" => Filter::UrlEncode,
        "sha256" => Filter::Sha256,
        _ => Filter::Default(word.strip_prefix("default:")?.trim_start().to_owned()),
    })
}

/// Changes what `out` holds from `start` on. Whether there is a value in the end.
pub(super) fn apply_all(
    filters: &[Filter],
    mut found: bool,
    start: usize,
    out: &mut Vec<u8>,
) -> bool {
    for filter in filters {
        match filter {
            Filter::Default(text) if !found => {
                out.extend_from_slice(text.as_bytes());
                found = true;
            }
            _ if found => apply(filter, start, out),
            _ => {}
        }
    }
    found
}

fn apply(filter: &Filter, start: usize, out: &mut Vec<u8>) {
    let value = out.get_mut(start..).unwrap_or_default();
    match filter {
        Filter::Default(_) => {}
        Filter::Lower => value.make_ascii_lowercase(),
        Filter::Upper => value.make_ascii_uppercase(),
        Filter::Base64 => {
            let encoded = STANDARD.encode(value);
            replace(start, encoded.as_bytes(), out);
        }
        Filter::UrlEncode => {
            let encoded = percent_encode(value, RESERVED).to_string();
            replace(start, encoded.as_bytes(), out);
        }
        Filter::Sha256 => {
            let digest = Sha256::digest(value);
            out.truncate(start);
            out.extend(
                digest
                    .iter()
                    .flat_map(|byte| [hex(byte >> 4), hex(byte & 15)]),
            );
        }
    }
}

fn replace(start: usize, value: &[u8], out: &mut Vec<u8>) {
    out.truncate(start);
    out.extend_from_slice(value);
}

fn hex(digit: u8) -> u8 {
    b"0123456789abcdef"
        .get(usize::from(digit))
        .copied()
        .unwrap_or(b'0')
}
