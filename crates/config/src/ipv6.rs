//! IPv6 addresses, read without the standard library's parser, which is four times as large.

use crate::quoted::split_at;

/// The eight groups of an address; none where the text is no address, or has a dotted part.
pub fn ipv6_groups(text: &str) -> Option<Vec<u16>> {
    let Some((before, after)) = split_at(text, "::") else {
        return groups(text).filter(|groups| groups.len() == 8);
    };
    let after = groups(after)?;
    let mut all = groups(before)?;
    // `::` stands for one group at least.
    let zeros_end = 8_usize.checked_sub(after.len())?;
    if all.len() >= zeros_end {
        return None;
    }
    all.resize(zeros_end, 0);
    all.extend(after);
    Some(all)
}

/// Groups with colons between them; none for no text.
fn groups(text: &str) -> Option<Vec<u16>> {
    if text.is_empty() {
        return Some(vec![]);
    }
    let group = |group: &str| {
        let is_hex = group.len() <= 4 && group.bytes().all(|b| b.is_ascii_hexdigit());
        is_hex.then(|| u16::from_str_radix(group, 16).ok())?
    };
    text.split(':').map(group).collect()
}

#[cfg(test)]
mod tests {
    use std::net::Ipv6Addr;

    use super::*;

    #[test]
    fn reads_what_the_standard_library_does() {
        for text in [
            "::",
            "::1",
            "1::",
            "2001:db8::1",
            "1:2:3:4:5:6:7:8",
            "1:2:3:4:5:6:7::",
            "::2:3:4:5:6:7:8",
            "fe80::%1",
            "1::2::3",
            "1:2:3:4:5:6:7",
            "1:2:3:4:5:6:7:8:9",
            "1::2:3:4:5:6:7:8",
            "12345::",
            ":1",
            "1:",
            "",
            ":",
            ":::",
            "g::",
            "FF::A",
        ] {
            let known = text.parse::<Ipv6Addr>().ok();
            let known = known.map(|address| address.segments().to_vec());
            assert_eq!(ipv6_groups(text), known, "{text}");
        }
        assert_eq!(ipv6_groups("::ffff:192.0.2.7"), None);
    }
}
