//! Where an upstream may be: no place that only Envoy itself, or its machine, can reach.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::cluster::Host;

/// Cloud services that answer with credentials to whoever asks from the machine, outside of the
/// link-local range: AWS and Google over IPv6, Alibaba, Azure, Oracle.
const METADATA: [IpAddr; 5] = [
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)),
    IpAddr::V6(Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254)),
    IpAddr::V4(Ipv4Addr::new(100, 100, 100, 200)),
    IpAddr::V4(Ipv4Addr::new(168, 63, 129, 16)),
    IpAddr::V4(Ipv4Addr::new(192, 0, 0, 192)),
];
/// Names of the same services, and of the machine itself.
const NAMES: [&str; 8] = [
    "localhost",
    "localhost.localdomain",
    "ip6-localhost",
    "ip6-loopback",
    "metadata.google.internal",
    "metadata",
    "metadata.goog",
    "instance-data",
];

/// The scheme, host and port of a URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) scheme: &'static Scheme,
    pub(crate) host: Host,
    pub(crate) port: u16,
}

/// How an upstream is spoken to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Scheme {
    pub(crate) name: &'static str,
    pub(crate) tls: bool,
    pub(crate) http2: bool,
    /// None where no port is usual.
    port: Option<u16>,
}

const SCHEMES: [Scheme; 4] = [
    Scheme {
        name: "http",
        tls: false,
        http2: false,
        port: Some(80),
    },
    Scheme {
        name: "https",
        tls: true,
        http2: false,
        port: Some(443),
    },
    Scheme {
        name: "grpc",
        tls: false,
        http2: true,
        port: None,
    },
    Scheme {
        name: "grpcs",
        tls: true,
        http2: true,
        port: None,
    },
];

impl Scheme {
    pub(crate) fn find(name: &str) -> Option<&'static Self> {
        SCHEMES.iter().find(|scheme| scheme.name == name)
    }
}

/// What a URL may be, for messages.
pub(crate) const EXPECTED: &str = "http://, https://, grpc:// or grpcs://, a host, and a port, which \
    http and https need not name; nothing behind that";

/// Reads a URL; none where it is anything else than [`EXPECTED`].
pub(crate) fn parse(url: &str) -> Option<Place> {
    let (scheme, rest) = url.split_once("://")?;
    let scheme = Scheme::find(scheme)?;
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    let (host, port) = match rest.strip_prefix('[') {
        Some(rest) => {
            let (host, after) = rest.split_once(']')?;
            let port = match after {
                "" => None,
                after => Some(after.strip_prefix(':')?),
            };
            (Host::Address(IpAddr::V6(host.parse().ok()?)), port)
        }
        None => {
            let (host, port) = match rest.split_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (rest, None),
            };
            (name_or_address(host)?, port)
        }
    };
    let port = match port {
        Some(port) => number(port)?,
        None => scheme.port?,
    };
    Some(Place { scheme, host, port })
}

fn number(port: &str) -> Option<u16> {
    let digits = port.bytes().all(|byte| byte.is_ascii_digit());
    port.parse().ok().filter(|port| digits && *port > 0)
}

/// A resolver may read what ends in a number as an address, in forms of its own (`127.1`,
/// `0x7f000001`): such a host is one only as the four numbers that everybody reads alike.
fn name_or_address(host: &str) -> Option<Host> {
    if let Ok(address) = host.parse::<Ipv4Addr>() {
        return Some(Host::Address(address.into()));
    }
    let label = |label: &str| {
        let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        (1..=63).contains(&label.len())
            && label.bytes().all(is_inner)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let last = host.rsplit('.').next()?;
    let is_name = host.len() <= 253
        && host.split('.').all(label)
        && last.starts_with(|first: char| first.is_ascii_alphabetic());
    is_name.then(|| Host::Name(host.to_ascii_lowercase()))
}

/// Why that host may not be called; none where it may. `own` are Contour's addresses.
pub(crate) fn refusal(host: &Host, own: &[IpAddr]) -> Option<&'static str> {
    match host {
        Host::Name(name) => {
            let is_local = name.ends_with(".localhost");
            (is_local || NAMES.contains(&name.as_str()))
                .then_some("a name of Envoy's own machine or of a metadata service")
        }
        Host::Address(address) => {
            let addresses = [Some(*address), embedded(*address)];
            let mut reasons = addresses.iter().flatten();
            reasons.find_map(|address| {
                let own = own.contains(address).then_some("an address of Contour's");
                local(*address).or(own)
            })
        }
    }
}

fn local(address: IpAddr) -> Option<&'static str> {
    if METADATA.contains(&address) {
        return Some("an address of a metadata service");
    }
    if address.is_loopback() {
        return Some("a loopback address");
    }
    if address.is_multicast() {
        return Some("a multicast address");
    }
    let (link_local, nowhere) = match address {
        IpAddr::V4(address) => {
            let [first, ..] = address.octets();
            (
                address.is_link_local(),
                first == 0 || address.is_broadcast(),
            )
        }
        IpAddr::V6(address) => (address.is_unicast_link_local(), address.is_unspecified()),
    };
    match (link_local, nowhere) {
        (true, _) => Some("a link-local address"),
        (_, true) => Some("an address of no server"),
        _ => None,
    }
}

/// The IPv4 address that an IPv6 address stands for: mapped and compatible (RFC 4291, 2.5.5),
/// translated (RFC 6052, 2.1) or tunnelled (RFC 3056).
fn embedded(address: IpAddr) -> Option<IpAddr> {
    let IpAddr::V6(address) = address else {
        return None;
    };
    let [a, b, c, d, e, f, g, h] = address.segments();
    let (high, low) = match (a, b, c, d, e, f) {
        (0, 0, 0, 0, 0, 0 | 0xffff) | (0x64, 0xff9b, 0, 0, 0, 0) => (g, h),
        (0x2002, high, low, ..) => (high, low),
        _ => return None,
    };
    let [[one, two], [three, four]] = [high.to_be_bytes(), low.to_be_bytes()];
    Some(Ipv4Addr::new(one, two, three, four).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_read_strictly() {
        for (url, host, port, tls, http2) in [
            ("http://a.example", "a.example", 80, false, false),
            ("https://ID.example.com", "id.example.com", 443, true, false),
            (
                "https://id.example.com:8443/",
                "id.example.com",
                8443,
                true,
                false,
            ),
            ("grpc://limits.shop:8081", "limits.shop", 8081, false, true),
            ("grpcs://192.0.2.1:1", "192.0.2.1", 1, true, true),
            ("https://[2001:db8::1]:444", "2001:db8::1", 444, true, false),
            ("https://[2001:db8::1]", "2001:db8::1", 443, true, false),
            ("http://orders", "orders", 80, false, false),
        ] {
            let place = parse(url).unwrap_or_else(|| panic!("{url}"));
            let read = (
                place.host.to_string(),
                place.port,
                place.scheme.tls,
                place.scheme.http2,
            );
            assert_eq!(read, (host.to_owned(), port, tls, http2), "{url}");
        }
        for url in [
            "",
            "a.example",
            "ftp://a.example",
            "HTTPS://a.example",
            "https://",
            "https:///",
            "https://a.example/path",
            "https://a.example?query",
            "https://a.example#fragment",
            "https://user@a.example",
            "https://user:secret@a.example",
            "https://a.example:",
            "https://a.example:0",
            "https://a.example:+1",
            "https://a.example:65536",
            "https://a..example",
            "https://a.example.",
            "https://-a.example",
            "https://a_b.example",
            "https://a b.example",
            "https://2130706433",
            "https://127.1",
            "https://0x7f.1",
            "https://0x7f000001",
            "https://1.2.3.4.5",
            "https://[::1",
            "https://::1",
            "https://[127.0.0.1]",
            "https://[fe80::1%25eth0]",
            "grpc://limits",
            "unix:///var/run/x.sock",
            "https://bücher.example",
        ] {
            assert_eq!(parse(url), None, "{url}");
        }
    }

    #[test]
    fn what_only_envoys_machine_reaches_is_refused() {
        for host in [
            "127.0.0.1",
            "127.255.0.1",
            "0.0.0.0",
            "0.1.2.3",
            "169.254.169.254",
            "169.254.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "100.100.100.200",
            "168.63.129.16",
            "10.0.0.9",
            "[::1]",
            "[::]",
            "[::127.0.0.1]",
            "[::ffff:127.0.0.1]",
            "[::ffff:169.254.169.254]",
            "[::ffff:10.0.0.9]",
            "[64:ff9b::169.254.169.254]",
            "[2002:7f00:1::]",
            "[fe80::1]",
            "[ff02::1]",
            "[fd00:ec2::254]",
            "localhost",
            "LOCALHOST",
            "a.localhost",
            "metadata.google.internal",
        ] {
            let place = parse(&format!("http://{host}")).unwrap_or_else(|| panic!("{host}"));
            let own = [IpAddr::from([10, 0, 0, 9])];
            assert!(refusal(&place.host, &own).is_some(), "{host}");
        }
        for host in [
            "10.0.0.1",
            "192.0.2.1",
            "[2001:db8::1]",
            "[fd00::1]",
            "id.example.com",
            "local",
        ] {
            let place = parse(&format!("http://{host}")).unwrap_or_else(|| panic!("{host}"));
            assert_eq!(refusal(&place.host, &[]), None, "{host}");
        }
    }
}
