//! Dynamic metadata as Envoy gives it to a module: `envoy.config.core.v3.Metadata`, serialized.

use std::collections::BTreeMap;

use serde_json::Value;

/// The message with a struct (`google.protobuf.Struct`) for each namespace.
pub fn metadata_message(namespaces: &BTreeMap<String, Value>) -> Vec<u8> {
    let fields = |value: &Value| match value {
        Value::Object(object) => map(object.iter().map(|(name, v)| (name, self::value(v)))),
        _ => vec![],
    };
    map(namespaces.iter().map(|(name, v)| (name, fields(v))))
}

/// A map in field 1, from strings to messages.
fn map<'a>(members: impl Iterator<Item = (&'a String, Vec<u8>)>) -> Vec<u8> {
    let entry = |(name, message): (&String, Vec<u8>)| {
        let key = bytes(1, name.as_bytes());
        bytes(1, &[key, bytes(2, &message)].concat())
    };
    members.flat_map(entry).collect()
}

/// A `google.protobuf.Value`.
fn value(json: &Value) -> Vec<u8> {
    match json {
        Value::Null => vec![0x08, 0],
        Value::Number(number) => {
            let number = number.as_f64().unwrap_or(f64::NAN);
            [&[0x11][..], &number.to_le_bytes()].concat()
        }
        Value::String(text) => bytes(3, text.as_bytes()),
        Value::Bool(is) => vec![0x20, u8::from(*is)],
        Value::Object(object) => {
            let members = object.iter().map(|(name, v)| (name, value(v)));
            bytes(5, &map(members))
        }
        Value::Array(list) => {
            let elements: Vec<u8> = list.iter().flat_map(|v| bytes(1, &value(v))).collect();
            bytes(6, &elements)
        }
    }
}

/// A field of bytes or a message, with its size before it.
fn bytes(field: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![field << 3 | 2];
    let mut size = content.len();
    while size >= 0x80 {
        out.push(0x80 | u8::try_from(size & 0x7f).unwrap_or_default());
        size >>= 7;
    }
    out.push(u8::try_from(size).unwrap_or_default());
    out.extend_from_slice(content);
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// As Envoy 1.40 has them (`e2e/tests/metadata.rs`).
    #[test]
    fn values_are_those_of_the_wire() {
        for (json, message) in [
            (json!("abc"), &b"\x1a\x03abc"[..]),
            (json!(7), b"\x11\0\0\0\0\0\0\x1c\x40"),
            (json!(true), b"\x20\x01"),
            (json!(null), b"\x08\0"),
            (json!(["a"]), b"\x32\x05\x0a\x03\x1a\x01a"),
            (
                json!({"inner": "x"}),
                b"\x2a\x0e\x0a\x0c\x0a\x05inner\x12\x03\x1a\x01x",
            ),
        ] {
            assert_eq!(value(&json), message, "{json}");
        }
        let long = bytes(1, &[0; 300]);
        assert_eq!(long[..3], [0x0a, 0xac, 0x02]);
    }
}
