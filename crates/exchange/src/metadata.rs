//! Dynamic metadata: what Envoy's own filters tell those that come after them.
//!
//! Envoy answers a module that asks for one value with its bytes alone: a number is eight bytes, as
//! a text of eight letters is, and `null` is a failure (`e2e/tests/metadata.rs`). So all of it is
//! read, the message `envoy.config.core.v3.Metadata` as it goes over the wire, and the value is
//! looked for here.

mod json;
mod wire;

use wire::{Fields, Wire, member};

use crate::{Exchange, Property};

/// The fields of `google.protobuf.Value` (google/protobuf/struct.proto), one of which is there.
const NUMBER: u64 = 2;
const STRING: u64 = 3;
const BOOL: u64 = 4;
const STRUCT: u64 = 5;
const LIST: u64 = 6;

/// All of a stream's dynamic metadata, in one call to the host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metadata(Vec<u8>);

impl Metadata {
    /// What there is when this is called: filters may still add to it.
    pub fn of(x: &mut Exchange<'_>) -> Self {
        Self(x.property(Property::Metadata).unwrap_or_default())
    }

    /// The value at the end of `path` as text: a namespace, then through members by their names and
    /// elements by their numbers. A string is its characters, a list or a struct JSON with members
    /// by name. None for `null`, for a number that is not whole and has more than six digits behind
    /// the point or that no double tells from its neighbours, and where the message is none.
    pub fn text_at<'p>(&self, path: impl IntoIterator<Item = &'p str>) -> Option<String> {
        let mut path = path.into_iter();
        // `filter_metadata`, a map of structs; a struct is a message with a map of values.
        let mut of = member(&self.0, path.next()?)?;
        let mut value = member(of, path.next()?)?;
        for name in path {
            value = match one(value)? {
                (STRUCT, Wire::Bytes(inner)) => {
                    of = inner;
                    member(of, name)?
                }
                (LIST, Wire::Bytes(list)) => element(list, name)?,
                _ => return None,
            };
        }
        match one(value)? {
            (STRING, Wire::Bytes(text)) => Some(str::from_utf8(text).ok()?.to_owned()),
            _ => {
                let mut out = String::new();
                json::value(value, 0, &mut out)?;
                (out != json::NULL).then_some(out)
            }
        }
    }
}

/// The field that is there.
fn one(value: &[u8]) -> Option<(u64, Wire<'_>)> {
    Fields(value).last()
}

/// The elements of a `ListValue`, each a `Value`.
fn elements(list: &[u8]) -> impl Iterator<Item = &[u8]> {
    Fields(list).filter_map(|field| match field {
        (1, Wire::Bytes(value)) => Some(value),
        _ => None,
    })
}

fn element<'m>(list: &'m [u8], name: &str) -> Option<&'m [u8]> {
    let mut numbered = elements(list).enumerate();
    let found = numbered.find(|(index, _)| index.to_string() == name);
    found.map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What Envoy 1.40 gave for `set_metadata` with every kind of value (`e2e/tests/metadata.rs`).
    const SEEN: &str = "0abd010a07736f6d652e6e7312b1010a0a0a0474727565120220010a1a0a0673747275637412\
        102a0e0a0c0a05696e6e657212031a01780a0b0a0566616c7365120220000a0f0a03612e6212081a06646f747465\
        640a0d0a047465787412051a036162630a0b0a05656d70747912021a000a1a0a046c697374121232100a031a0161\
        0a0911000000000000f03f0a110a0470617274120911000000000000d03f0a0a0a046e756c6c120208000a120a05\
        77686f6c651209110000000000001c40";

    fn seen() -> Vec<u8> {
        let (pairs, _) = SEEN.as_bytes().as_chunks::<2>();
        let byte = |pair: &[u8; 2]| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap();
        pairs.iter().map(byte).collect()
    }

    #[test]
    fn every_kind_is_told() {
        let metadata = Metadata(seen());
        let at = |path: &str| metadata.text_at(path.split('|'));
        for (path, told) in [
            ("some.ns|text", Some("abc")),
            ("some.ns|empty", Some("")),
            ("some.ns|whole", Some("7")),
            ("some.ns|part", Some("0.25")),
            ("some.ns|true", Some("true")),
            ("some.ns|false", Some("false")),
            ("some.ns|null", None),
            ("some.ns|list", Some(r#"["a",1]"#)),
            ("some.ns|list|0", Some("a")),
            ("some.ns|list|1", Some("1")),
            ("some.ns|list|2", None),
            ("some.ns|list|00", None),
            ("some.ns|struct", Some(r#"{"inner":"x"}"#)),
            ("some.ns|struct|inner", Some("x")),
            ("some.ns|struct|gone", None),
            ("some.ns|a.b", Some("dotted")),
            ("some.ns|a|b", None),
            ("some.ns|text|x", None),
            ("some.ns", None),
            ("gone|text", None),
        ] {
            assert_eq!(at(path).as_deref(), told, "{path}");
        }
    }

    #[test]
    fn a_message_that_is_none_has_no_values() {
        let whole = seen();
        for end in 0..whole.len() {
            let metadata = Metadata(whole[..end].to_vec());
            assert_eq!(metadata.text_at(["some.ns", "whole"]), None, "{end}");
        }
        for at in 0..whole.len() {
            for bit in 0..8 {
                let mut bent = whole.clone();
                bent[at] ^= 1 << bit;
                // Something or nothing, and no end without end.
                let metadata = Metadata(bent);
                metadata.text_at(["some.ns", "list"]);
                metadata.text_at(["some.ns", "list", "1"]);
            }
        }
    }
}
