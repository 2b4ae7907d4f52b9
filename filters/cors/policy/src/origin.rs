//! One origin: scheme, host and port.

use std::fmt;

use crate::ipv6;

/// The longest text that is read as an origin: a host has at most 253 characters.
const MAX_LENGTH: usize = 320;
const MAX_HOST: usize = 253;
const MAX_LABEL: usize = 63;

/// The schemes of the URL standard that have a default port, which an origin leaves out.
const DEFAULT_PORTS: [(&str, u16); 5] = [
    ("http", 80),
    ("https", 443),
    ("ws", 80),
    ("wss", 443),
    ("ftp", 21),
];

/// A tuple origin (Fetch standard, «serialized-origin»; RFC 6454, 4): scheme and host in lower
/// case, and the port, which is the scheme's default where none is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// As `https`.
    pub scheme: String,
    /// A name in ASCII, an IPv4 address, or an IPv6 address in brackets.
    pub host: String,
    /// None where none is written and the scheme has no default.
    pub port: Option<u16>,
}

impl Origin {
    /// Reads `scheme://host[:port]` and nothing else: no path, no user, no blank, no second
    /// origin, no name that is not ASCII. Upper case and a written default port are read as what
    /// they mean.
    pub fn parse(text: &[u8]) -> Option<Self> {
        if text.len() > MAX_LENGTH {
            return None;
        }
        let (scheme, authority) = str::from_utf8(text).ok()?.split_once("://")?;
        let (host, port) = split_port(authority);
        let scheme = parse_scheme(scheme)?;
        let port = match port {
            Some(port) => Some(parse_port(port)?),
            None => default_port(&scheme),
        };
        Some(Self {
            host: parse_host(host)?,
            scheme,
            port,
        })
    }
}

impl fmt::Display for Origin {
    /// The serialized form, as browsers send it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme, self.host)?;
        match self.port {
            Some(port) if self.port != default_port(&self.scheme) => write!(f, ":{port}"),
            _ => Ok(()),
        }
    }
}

/// The host, and what follows its colon. The colons of an IPv6 address are not the port's.
pub(crate) fn split_port(authority: &str) -> (&str, Option<&str>) {
    let address = if authority.starts_with('[') {
        authority.find(']')
    } else {
        None
    };
    let rest = authority.get(address.unwrap_or(0)..).unwrap_or_default();
    let Some((_, port)) = rest.split_once(':') else {
        return (authority, None);
    };
    let host = authority
        .strip_suffix(port)
        .and_then(|host| host.strip_suffix(':'));
    (host.unwrap_or_default(), Some(port))
}

/// Lower case, with the characters of RFC 3986, 3.1.
pub(crate) fn parse_scheme(text: &str) -> Option<String> {
    let rest = text.strip_prefix(|c: char| c.is_ascii_alphabetic())?;
    let ok = rest
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b));
    ok.then(|| text.to_ascii_lowercase())
}

/// The port that the scheme has when none is written.
pub(crate) fn default_port(scheme: &str) -> Option<u16> {
    DEFAULT_PORTS
        .iter()
        .find(|(name, _)| *name == scheme)
        .map(|(_, port)| *port)
}

/// Digits without a leading zero, at most 65535.
pub(crate) fn parse_port(text: &str) -> Option<u16> {
    let canonical = text == "0" || !text.starts_with('0');
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    if canonical && digits {
        text.parse().ok()
    } else {
        None
    }
}

/// Lower case: labels of letters, digits, `-` and `_`, none of them empty; or an IPv6 address in
/// brackets, in its shortest form.
pub(crate) fn parse_host(text: &str) -> Option<String> {
    if let Some(address) = text.strip_prefix('[').and_then(|t| t.strip_suffix(']')) {
        return ipv6::shortest(address).map(|address| format!("[{address}]"));
    }
    let label = |label: &str| {
        (1..=MAX_LABEL).contains(&label.len())
            && label
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
    };
    (text.len() <= MAX_HOST && text.split('.').all(label)).then(|| text.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Option<String> {
        Origin::parse(text.as_bytes()).map(|origin| origin.to_string())
    }

    #[test]
    fn reads_what_browsers_send() {
        for text in [
            "https://app.example.com",
            "http://localhost:3000",
            "http://127.0.0.1",
            "http://[::1]:8080",
            "https://xn--bcher-kva.example",
            "https://my_host.example",
            "chrome-extension://gighmmpiobklfepjocnamgkkbiglidom",
            "capacitor://localhost",
            "app://obsidian.md",
        ] {
            assert_eq!(shown(text).as_deref(), Some(text));
        }
    }

    #[test]
    fn case_and_default_ports_do_not_count() {
        for (text, same) in [
            ("HTTPS://App.Example.COM", "https://app.example.com"),
            ("https://app.example.com:443", "https://app.example.com"),
            ("http://app.example.com:80", "http://app.example.com"),
            ("wss://a:443", "wss://a"),
            ("http://[0:0:0:0:0:0:0:1]", "http://[::1]"),
            ("http://a:443", "http://a:443"),
        ] {
            assert_eq!(shown(text).as_deref(), Some(same));
        }
    }

    #[test]
    fn refuses_what_is_no_origin() {
        for text in [
            "",
            "null",
            "https://",
            "://a",
            "https:/a",
            "https//a",
            "https://a/",
            "https://a?b",
            "https://a#b",
            "https://u@a",
            "https://u:p@a",
            "https://a:",
            "https://a:0443",
            "https://a:65536",
            "https://a:+1",
            "https://a:1:2",
            "https://a:b",
            "https://a.",
            "https://.a",
            "https://a..b",
            "https://a b",
            " https://a",
            "https://a ",
            "https://*.a",
            "https://a,https://a",
            "https://a https://a",
            "https://a%2eb",
            "https://bücher.example",
            "1https://a",
            "https://[::1",
            "https://[::1]x",
            "https://[::1%25eth0]",
            "https://[::g]",
            "https://[::1]]",
            "https://a\\b",
            "https://a:\u{663}",
            "//a",
            "https://https://a",
        ] {
            assert_eq!(shown(text), None, "{text}");
        }
        assert_eq!(Origin::parse(b"https://a\xff"), None);
        assert_eq!(shown(&format!("{}://a", "a".repeat(MAX_LENGTH))), None);
        assert_eq!(shown(&format!("https://{}", "a".repeat(64))), None);
        assert_eq!(shown(&format!("https://{}a", "a.".repeat(127))), None);
    }
}
