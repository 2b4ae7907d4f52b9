//! The client's address as a key.

use hachure_config::ipv6_groups;

/// The address without its port: IPv4 as it is, IPv6 by its first 64 bits, which is what one
/// customer of a network gets (RFC 6177). None where it is no IP address.
pub(super) fn folded(address: &[u8]) -> Option<Vec<u8>> {
    let text = str::from_utf8(address).ok()?;
    match text.strip_prefix('[') {
        Some(rest) => ipv6(rest.split_once(']')?.0),
        None => {
            let (host, port) = text.rsplit_once(':')?;
            let is_port = !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit());
            if host.contains(':') {
                return ipv6(host);
            }
            (is_port && ipv4(host)).then(|| host.as_bytes().to_vec())
        }
    }
}

fn ipv6(text: &str) -> Option<Vec<u8>> {
    // A zone (RFC 4007, 11) says nothing about the network.
    let text = text.split_once('%').map_or(text, |(address, _)| address);
    if let Some(mapped) = text.strip_prefix("::ffff:").filter(|rest| ipv4(rest)) {
        return Some(mapped.as_bytes().to_vec());
    }
    let groups = ipv6_groups(text)?;
    if let [0, 0, 0, 0, 0, 0xffff, high, low] = groups.as_slice() {
        let [[a, b], [c, d]] = [high.to_be_bytes(), low.to_be_bytes()];
        return Some(format!("{a}.{b}.{c}.{d}").into_bytes());
    }
    let mut network = vec![];
    for group in groups.into_iter().take(4) {
        network.extend_from_slice(&group.to_be_bytes());
    }
    Some(network)
}

fn ipv4(text: &str) -> bool {
    let is_octet =
        |part: &str| (1..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
    text.split('.').count() == 4 && text.split('.').all(is_octet)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(a: &str, b: &str) -> bool {
        let [a, b] = [a, b].map(|text| folded(text.as_bytes()).unwrap());
        a == b
    }

    #[test]
    fn one_network_is_one_client() {
        assert!(same("[2001:db8:1:2::1]:443", "[2001:db8:1:2:ffff::9]:9"));
        assert!(!same("[2001:db8:1:2::1]:443", "[2001:db8:1:3::1]:443"));
        assert!(same("192.0.2.7:1", "192.0.2.7:2"));
        assert!(!same("192.0.2.7:1", "192.0.2.8:1"));
    }

    #[test]
    fn an_address_has_one_form() {
        assert!(same("192.0.2.7:1", "[::ffff:192.0.2.7]:2"));
        assert!(same("192.0.2.7:1", "[::ffff:c000:207]:2"));
        assert!(!same("[::1]:1", "[::ffff:0.0.0.1]:1"));
        assert!(same("[fe80::1%eth0]:1", "[fe80::1]:1"));
    }

    #[test]
    fn what_is_no_address_is_no_key() {
        for text in [
            "",
            "/run/socket",
            "envoy://internal/1",
            "[::1",
            "192.0.2:1",
            "a.b.c.d:1",
        ] {
            assert_eq!(folded(text.as_bytes()), None, "{text}");
        }
    }
}
