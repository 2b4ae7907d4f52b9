//! IPv6 addresses as origins write them. The standard library's reader and writer are four times
//! as large, and read and write dotted forms that no browser sends.

use hachure_config::ipv6_groups;

/// The address in its shortest form (RFC 5952, 4; URL standard, «IPv6 serializer»); none where the
/// text is no address.
pub(crate) fn shortest(text: &str) -> Option<String> {
    let groups = ipv6_groups(text)?;
    let (start, length) = longest_zeros(&groups);
    if length < 2 {
        return Some(join(&groups));
    }
    let before = groups.get(..start)?;
    let after = groups.get(start.checked_add(length)?..)?;
    Some(format!("{}::{}", join(before), join(after)))
}

/// Where the first longest run of zeros begins, and its length.
fn longest_zeros(groups: &[u16]) -> (usize, usize) {
    let mut longest = (0, 0);
    let mut run = (0_usize, 0_usize);
    for (i, group) in groups.iter().enumerate() {
        run = match group {
            0 => (run.0, run.1.saturating_add(1)),
            _ => (i.saturating_add(1), 0),
        };
        if run.1 > longest.1 {
            longest = run;
        }
    }
    longest
}

fn join(groups: &[u16]) -> String {
    let groups: Vec<_> = groups.iter().map(|group| format!("{group:x}")).collect();
    groups.join(":")
}

#[cfg(test)]
mod tests {
    use std::net::Ipv6Addr;

    use super::*;

    #[test]
    fn writes_the_shortest_form() {
        for (text, expected) in [
            ("::", "::"),
            ("::1", "::1"),
            ("1::", "1::"),
            ("0:0:0:0:0:0:0:1", "::1"),
            ("2001:DB8:0000::0001", "2001:db8::1"),
            ("1:0:0:2:0:0:0:3", "1:0:0:2::3"),
            ("1:0:0:2:3:0:0:4", "1::2:3:0:0:4"),
            ("1:0:2:3:4:5:6:7", "1:0:2:3:4:5:6:7"),
            ("1::2:3:4:5:6:7", "1:0:2:3:4:5:6:7"),
            ("::ffff:102:304", "::ffff:102:304"),
        ] {
            assert_eq!(shortest(text).as_deref(), Some(expected), "{text}");
            assert_eq!(expected.parse::<Ipv6Addr>(), text.parse());
        }
    }

    #[test]
    fn refuses_what_is_no_address() {
        for text in [
            "",
            ":",
            "1",
            ":::",
            "1::2::3",
            "1:2:3:4:5:6:7",
            "1:2:3:4:5:6:7:8:9",
            "::1:2:3:4:5:6:7:8",
            "12345::",
            "+1::",
            "g::",
            "::1%lo",
            "::ffff:1.2.3.4",
            " ::1",
            "1:",
            ":1",
            "::1:",
        ] {
            assert_eq!(shortest(text), None, "{text}");
        }
    }
}
