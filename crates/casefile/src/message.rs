//! HTTP messages as a case writes them.

use hachure_exchange::HeaderMap;
use serde::de::{self, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};
use std::fmt;

use crate::joined::joined;

/// Bytes of a header value or a body: text, or `{hex: ff00}` for what is no text.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Text(pub Vec<u8>);

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0.escape_ascii())
    }
}

impl Serialize for Text {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        match str::from_utf8(&self.0) {
            Ok(text) => s.serialize_str(text),
            Err(_) => {
                let hex: String = self.0.iter().map(|b| format!("{b:02x}")).collect();
                s.collect_map([("hex", hex)])
            }
        }
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        d.deserialize_any(TextVisitor)
    }
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Text;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string, or {hex: …} for bytes that are no text")
    }

    fn visit_str<E>(self, text: &str) -> Result<Text, E> {
        Ok(Text(text.as_bytes().to_vec()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Text, A::Error> {
        let entry: Option<(String, String)> = map.next_entry()?;
        match entry {
            Some((key, hex)) if key == "hex" => decode_hex(&hex)
                .map(Text)
                .ok_or_else(|| de::Error::custom("expected hex digits")),
            _ => Err(de::Error::custom("expected a string or {hex: …}")),
        }
    }
}

fn decode_hex(hex: &str) -> Option<Vec<u8>> {
    let digits = hex.as_bytes().chunks(2);
    digits
        .map(|pair| {
            let pair = str::from_utf8(pair).ok().filter(|p| p.len() == 2)?;
            u8::from_str_radix(pair, 16).ok()
        })
        .collect()
}

/// Headers in order: a map of name to value or list of values.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Headers(pub Vec<(String, Text)>);

impl Headers {
    /// The headers as a policy sees them: Envoy joins the values of some names when they arrive.
    pub fn to_map(&self) -> HeaderMap {
        let sent = self
            .0
            .iter()
            .map(|(name, value)| (name.as_str(), value.0.as_slice()));
        joined(&sent.collect())
    }
}

impl<'de> Deserialize<'de> for Headers {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        d.deserialize_map(HeadersVisitor)
    }
}

struct HeadersVisitor;

impl<'de> Visitor<'de> for HeadersVisitor {
    type Value = Headers;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map of header names to values")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Headers, A::Error> {
        let mut headers = vec![];
        while let Some((name, values)) = map.next_entry::<String, OneOrMany>()? {
            headers.extend(values.0.into_iter().map(|value| (name.clone(), value)));
        }
        Ok(Headers(headers))
    }
}

/// One value, or a list of them.
#[derive(Debug, Clone)]
pub(crate) struct OneOrMany(pub(crate) Vec<Text>);

impl<'de> Deserialize<'de> for OneOrMany {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        d.deserialize_any(OneOrManyVisitor)
    }
}

fn one_or_many<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<Text>, D::Error> {
    OneOrMany::deserialize(d).map(|many| many.0)
}

struct OneOrManyVisitor;

impl<'de> Visitor<'de> for OneOrManyVisitor {
    type Value = OneOrMany;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string, a list of strings, or {hex: …}")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<OneOrMany, E> {
        TextVisitor
            .visit_str(text)
            .map(|text| OneOrMany(vec![text]))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<OneOrMany, A::Error> {
        TextVisitor.visit_map(map).map(|text| OneOrMany(vec![text]))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<OneOrMany, A::Error> {
        let mut values = vec![];
        while let Some(value) = seq.next_element()? {
            values.push(value);
        }
        Ok(OneOrMany(values))
    }
}

/// A request, or an upstream's response.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Message {
    /// The headers, pseudo-headers first: `:method`, `:path`, `:authority`, or `:status`.
    #[serde(default)]
    pub headers: Headers,
    /// The body in the chunks in which it is sent; none for a message that ends with its headers.
    #[serde(default, deserialize_with = "one_or_many")]
    pub body: Vec<Text>,
    /// Trailers.
    #[serde(default)]
    pub trailers: Headers,
}

impl Message {
    /// Whether it ends with its headers.
    pub fn ends_with_headers(&self) -> bool {
        self.body.is_empty() && self.trailers.0.is_empty()
    }

    /// The chunks of its body, joined.
    pub fn whole_body(&self) -> Vec<u8> {
        self.body.iter().flat_map(|chunk| chunk.0.clone()).collect()
    }
}
