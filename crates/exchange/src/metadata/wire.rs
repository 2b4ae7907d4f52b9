//! Protocol Buffers' wire format, as much as structs need of it
//! (<https://protobuf.dev/programming-guides/encoding/>).

/// The fields of a message, in order. What is malformed ends it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fields<'m>(pub(super) &'m [u8]);

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wire<'m> {
    Varint(u64),
    /// Eight bytes.
    Fixed(u64),
    /// A string or a message.
    Bytes(&'m [u8]),
}

impl<'m> Iterator for Fields<'m> {
    /// A field's number and what it holds.
    type Item = (u64, Wire<'m>);

    fn next(&mut self) -> Option<Self::Item> {
        let tag = self.varint()?;
        let wire = match tag & 7 {
            0 => Wire::Varint(self.varint()?),
            1 => Wire::Fixed(u64::from_le_bytes(self.take(8)?.try_into().ok()?)),
            2 => {
                let size = self.varint()?;
                Wire::Bytes(self.take(usize::try_from(size).ok()?)?)
            }
            // Groups and four bytes: no struct has them.
            _ => return None,
        };
        Some((tag >> 3, wire))
    }
}

impl<'m> Fields<'m> {
    fn varint(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let [byte] = *self.take(1)? else { return None };
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }

    fn take(&mut self, size: usize) -> Option<&'m [u8]> {
        let (taken, rest) = self.0.split_at_checked(size)?;
        self.0 = rest;
        Some(taken)
    }
}

/// The members of a message's map in field 1, whose values are messages.
pub(super) fn members(message: &[u8]) -> impl Iterator<Item = (&str, &[u8])> {
    Fields(message).filter_map(|field| match field {
        (1, Wire::Bytes(entry)) => pair(entry),
        _ => None,
    })
}

/// The message of that name in a message's map in field 1.
pub(super) fn member<'m>(message: &'m [u8], name: &str) -> Option<&'m [u8]> {
    let mut members = members(message);
    members
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value)
}

fn pair(entry: &[u8]) -> Option<(&str, &[u8])> {
    let (mut key, mut value) = ("", None);
    for field in Fields(entry) {
        match field {
            (1, Wire::Bytes(text)) => key = str::from_utf8(text).ok()?,
            (2, Wire::Bytes(message)) => value = Some(message),
            _ => {}
        }
    }
    Some((key, value?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_kind_and_ends_at_what_is_none() {
        let fields = |bytes: &[u8]| Fields(bytes).collect::<Vec<_>>().len();
        assert_eq!(
            Fields(b"\x08\x96\x01\x11\0\0\0\0\0\0\0\x80\x1a\x01a").collect::<Vec<_>>(),
            [
                (1, Wire::Varint(150)),
                (2, Wire::Fixed(1 << 63)),
                (3, Wire::Bytes(b"a"))
            ]
        );
        assert_eq!(fields(b""), 0);
        for bytes in [
            &b"\x08"[..],
            b"\x11\0\0\0",
            b"\x1a\x02a",
            b"\x1a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01a",
            b"\x0d\0\0\0\0",
            &[0x80; 11],
        ] {
            assert_eq!(fields(bytes), 0, "{bytes:?}");
        }
    }
}
