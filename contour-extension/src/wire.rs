//! Protobuf's wire format, as far as messages are read and changed in place.
//!
//! A message is walked field by field and every byte of it stays as it was written, so a field that
//! this code has never heard of passes through. Decoding into structs would lose it.

use bytes::BufMut;

/// A message that is not well formed, or one that says a thing twice that it may say once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// The bytes end within a field, or a tag or length makes no sense.
    #[error("a message ends early or has a tag that makes no sense")]
    Truncated,
    /// Groups, which no message of Envoy's has.
    #[error("a message has a group")]
    Group,
    /// A field that may stand once stands twice: its parts would have to be merged.
    #[error("field {0} stands twice")]
    Twice(u32),
    /// A field has another type than expected.
    #[error("field {0} has another type")]
    Type(u32),
}

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value<'a> {
    /// Integers, booleans and enums.
    Varint(u64),
    /// Eight bytes or four.
    Fixed(&'a [u8]),
    /// Strings, bytes and messages.
    Bytes(&'a [u8]),
}

/// A field as it stands in a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field<'a> {
    /// The number that the `.proto` gives it.
    pub number: u32,
    /// What it holds.
    pub value: Value<'a>,
    /// All of its bytes, the tag included.
    pub raw: &'a [u8],
}

impl<'a> Field<'a> {
    /// The content of a string, of bytes or of a message.
    pub fn bytes(&self) -> Result<&'a [u8], Malformed> {
        match self.value {
            Value::Bytes(bytes) => Ok(bytes),
            Value::Varint(_) | Value::Fixed(_) => Err(Malformed::Type(self.number)),
        }
    }
}

/// The fields of a message, in the order in which they stand there.
pub fn fields(message: &[u8]) -> Fields<'_> {
    Fields { rest: message }
}

/// Iterates over a message. It ends behind the first error.
#[derive(Debug, Clone)]
pub struct Fields<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<Field<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let start = self.rest;
        let field = self.read(start);
        if field.is_err() {
            self.rest = &[];
        }
        Some(field)
    }
}

impl<'a> Fields<'a> {
    fn read(&mut self, start: &'a [u8]) -> Result<Field<'a>, Malformed> {
        let tag = self.varint()?;
        let number = u32::try_from(tag >> 3).map_err(|_| Malformed::Truncated)?;
        let value = match tag & 7 {
            0 => Value::Varint(self.varint()?),
            1 => Value::Fixed(self.take(8)?),
            2 => {
                let length = usize::try_from(self.varint()?).map_err(|_| Malformed::Truncated)?;
                Value::Bytes(self.take(length)?)
            }
            3 | 4 => return Err(Malformed::Group),
            5 => Value::Fixed(self.take(4)?),
            _ => return Err(Malformed::Truncated),
        };
        if number == 0 {
            return Err(Malformed::Truncated);
        }
        let length = start.len().saturating_sub(self.rest.len());
        let raw = start.get(..length).ok_or(Malformed::Truncated)?;
        Ok(Field { number, value, raw })
    }

    fn varint(&mut self) -> Result<u64, Malformed> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let (byte, rest) = self.rest.split_first().ok_or(Malformed::Truncated)?;
            self.rest = rest;
            let bits = u64::from(byte & 0x7f);
            if shift == 63 && bits > 1 {
                return Err(Malformed::Truncated);
            }
            value |= bits << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(Malformed::Truncated)
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], Malformed> {
        let (taken, rest) = self
            .rest
            .split_at_checked(length)
            .ok_or(Malformed::Truncated)?;
        self.rest = rest;
        Ok(taken)
    }
}

/// The content of a field that may stand once.
pub fn once(message: &[u8], number: u32) -> Result<Option<&[u8]>, Malformed> {
    let mut found = None;
    for field in fields(message) {
        let field = field?;
        if field.number == number && found.replace(field.bytes()?).is_some() {
            return Err(Malformed::Twice(number));
        }
    }
    Ok(found)
}

/// The content of a string that may stand once; empty where it does not stand or is no UTF-8.
pub fn text(message: &[u8], number: u32) -> Result<&str, Malformed> {
    let bytes = once(message, number)?.unwrap_or_default();
    Ok(std::str::from_utf8(bytes).unwrap_or_default())
}

/// The value of a map whose keys are strings: the last entry counts.
pub fn entry<'a>(message: &'a [u8], number: u32, key: &str) -> Result<Option<&'a [u8]>, Malformed> {
    let mut found = None;
    for field in fields(message) {
        let field = field?;
        if field.number == number && text(field.bytes()?, 1)? == key {
            found = Some(once(field.bytes()?, 2)?.unwrap_or_default());
        }
    }
    Ok(found)
}

/// What becomes of a field.
#[derive(Debug, PartialEq, Eq)]
pub enum Edit {
    /// It stays, byte for byte.
    Keep,
    /// It goes.
    Drop,
    /// Its content is replaced.
    Replace(Vec<u8>),
    /// These bytes, whole fields, are put before it.
    Before(Vec<u8>),
}

/// The message with `change` applied to each of its fields; none where nothing changed.
pub fn edit<E: From<Malformed>>(
    message: &[u8],
    mut change: impl FnMut(&Field<'_>) -> Result<Edit, E>,
) -> Result<Option<Vec<u8>>, E> {
    let mut out: Option<Vec<u8>> = None;
    let mut read = 0_usize;
    for field in fields(message) {
        let field = field?;
        let edit = change(&field)?;
        if edit != Edit::Keep && out.is_none() {
            out = Some(message.get(..read).unwrap_or_default().to_vec());
        }
        read = read.saturating_add(field.raw.len());
        let Some(out) = &mut out else { continue };
        match edit {
            Edit::Keep => out.extend_from_slice(field.raw),
            Edit::Drop => {}
            Edit::Replace(content) => put(out, field.number, &content),
            Edit::Before(content) => {
                out.extend_from_slice(&content);
                out.extend_from_slice(field.raw);
            }
        }
    }
    Ok(out)
}

/// Appends a field with that content.
pub fn put(out: &mut impl BufMut, number: u32, content: &[u8]) {
    put_head(out, number, content.len());
    out.put_slice(content);
}

/// Appends the tag and the length of a field whose content is to follow.
pub fn put_head(out: &mut impl BufMut, number: u32, length: usize) {
    put_varint(out, u64::from(number) << 3 | 2);
    put_varint(out, length as u64);
}

/// How long a field with so much content is.
pub fn length(number: u32, content: usize) -> usize {
    let tag = varint_length(u64::from(number) << 3);
    let length = varint_length(content as u64);
    tag.saturating_add(length).saturating_add(content)
}

fn varint_length(value: u64) -> usize {
    let bits = 64_u32.saturating_sub(value.leading_zeros()).max(1);
    bits.div_ceil(7) as usize
}

/// Appends a string that is not empty: proto3 leaves empty ones out.
pub fn put_text(out: &mut impl BufMut, number: u32, text: &str) {
    if !text.is_empty() {
        put(out, number, text.as_bytes());
    }
}

/// Appends an integer, a boolean or an enum that is not zero.
pub fn put_number(out: &mut impl BufMut, number: u32, value: u64) {
    if value != 0 {
        put_varint(out, u64::from(number) << 3);
        put_varint(out, value);
    }
}

/// `google.protobuf.Any`.
pub fn any(type_url: &str, value: &[u8]) -> Vec<u8> {
    let mut any = Vec::with_capacity(
        value
            .len()
            .saturating_add(type_url.len())
            .saturating_add(12),
    );
    put_text(&mut any, 1, type_url);
    if !value.is_empty() {
        put(&mut any, 2, value);
    }
    any
}

fn put_varint(out: &mut impl BufMut, mut value: u64) {
    while let rest @ 1.. = value >> 7 {
        out.put_u8((value & 0x7f) as u8 | 0x80);
        value = rest;
    }
    out.put_u8(value as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(message: &[u8]) -> Result<Vec<u32>, Malformed> {
        fields(message).map(|field| Ok(field?.number)).collect()
    }

    #[test]
    fn every_wire_type_is_walked() {
        let mut message = vec![];
        put_number(&mut message, 1, 300);
        message.extend_from_slice(&[0x11, 1, 2, 3, 4, 5, 6, 7, 8]);
        put(&mut message, 3, b"abc");
        message.extend_from_slice(&[0x25, 1, 2, 3, 4]);
        put_number(&mut message, 536_870_911, u64::MAX);
        assert_eq!(numbers(&message), Ok(vec![1, 2, 3, 4, 536_870_911]));
        let all: Vec<_> = fields(&message).map(|field| field.unwrap().raw).collect();
        assert_eq!(all.concat(), message);
    }

    #[test]
    fn what_is_not_well_formed_is_told() {
        for (message, expected) in [
            (&[0x0a, 3, b'a'][..], Malformed::Truncated),
            (&[0x0a], Malformed::Truncated),
            (&[0x80], Malformed::Truncated),
            (&[0x02, 0], Malformed::Truncated),
            (&[0x0f], Malformed::Truncated),
            (&[0x0b, 0x0c], Malformed::Group),
            (
                &[
                    0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2,
                ],
                Malformed::Truncated,
            ),
        ] {
            assert_eq!(numbers(message), Err(expected), "{message:?}");
        }
    }

    #[test]
    fn a_field_that_may_stand_once_stands_once() {
        let mut message = vec![];
        put(&mut message, 3, b"abc");
        assert_eq!(once(&message, 3), Ok(Some(&b"abc"[..])));
        assert_eq!(once(&message, 4), Ok(None));
        put(&mut message, 3, b"abc");
        assert_eq!(once(&message, 3), Err(Malformed::Twice(3)));
    }

    #[test]
    fn the_last_entry_of_a_map_counts() {
        let entry_of = |key: &str, value: &[u8]| {
            let mut entry = vec![];
            put_text(&mut entry, 1, key);
            put(&mut entry, 2, value);
            entry
        };
        let mut message = vec![];
        put(&mut message, 5, &entry_of("a", b"1"));
        put(&mut message, 5, &entry_of("b", b"2"));
        put(&mut message, 5, &entry_of("a", b"3"));
        assert_eq!(entry(&message, 5, "a"), Ok(Some(&b"3"[..])));
        assert_eq!(entry(&message, 5, "c"), Ok(None));
    }

    #[test]
    fn a_field_is_as_long_as_it_says() {
        for number in [1, 15, 16, 2047, 2048, 536_870_911] {
            for content in [0, 1, 127, 128, 16_383, 16_384] {
                let mut field = vec![];
                put(&mut field, number, &vec![0; content]);
                assert_eq!(length(number, content), field.len(), "{number} {content}");
            }
        }
    }

    #[test]
    fn nothing_changed_is_nothing_copied() {
        let mut message = vec![];
        put(&mut message, 1, b"a");
        put(&mut message, 2, b"b");
        let same = edit::<Malformed>(&message, |_| Ok(Edit::Keep));
        assert_eq!(same, Ok(None));
        let changed = edit::<Malformed>(&message, |field| match field.number {
            1 => Ok(Edit::Drop),
            _ => Ok(Edit::Replace(b"cd".to_vec())),
        });
        assert_eq!(changed, Ok(Some(vec![0x12, 2, b'c', b'd'])));
    }
}
