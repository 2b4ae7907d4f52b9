//! The entries of `origins`.

mod ports;

use hachure_config::Pattern;

use crate::origin::{Origin, default_port, parse_host, parse_scheme, split_port};
use ports::Ports;

/// One entry of `origins`, as read.
#[derive(Debug, Clone)]
pub enum OriginPattern {
    /// `*`: every origin.
    Any,
    /// `null`: the opaque origin of sandboxed frames and local files.
    Null,
    /// One origin.
    Exact(Origin),
    /// The hosts of a scheme, on some ports.
    Hosts(Hosts),
    /// `regex:`, matched against the whole serialized origin.
    Regex(Pattern),
}

/// `scheme://host:[ports]` or `scheme://*.host[:ports]`.
#[derive(Debug, Clone)]
pub struct Hosts {
    scheme: String,
    host: String,
    /// Names below `host` instead of `host` itself.
    below: bool,
    ports: Ports,
}

impl Hosts {
    fn matches(&self, origin: &Origin) -> bool {
        self.scheme == origin.scheme
            && self.matches_host(&origin.host)
            && self.ports.contains(origin.port)
    }

    /// One label more at least, never the host itself: what stands before it ends with a dot.
    fn matches_host(&self, host: &str) -> bool {
        if !self.below {
            return self.host == host;
        }
        let labels = host
            .strip_suffix(&*self.host)
            .and_then(|before| before.strip_suffix('.'));
        labels.is_some_and(|labels| !labels.is_empty())
    }
}

impl OriginPattern {
    /// Reads an entry, or says what is expected instead.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text {
            "*" => return Ok(Self::Any),
            "null" => return Ok(Self::Null),
            _ => {}
        }
        if let Some(pattern) = text.strip_prefix("regex:") {
            return Self::regex(pattern);
        }
        let (scheme, authority) = text.split_once("://").ok_or(EXPECTED)?;
        let scheme = parse_scheme(scheme).ok_or("a scheme such as https before ://")?;
        let (host, ports) = split_port(authority);
        let (below, host) = match host.strip_prefix("*.") {
            Some(host) => (true, host),
            None => (false, host),
        };
        let host = config_host(host, below)?;
        let ports = ports.map_or_else(|| Ok(Ports::One(default_port(&scheme))), Ports::parse)?;
        Ok(match ports {
            Ports::One(port) if !below => Self::Exact(Origin { scheme, host, port }),
            ports => Self::Hosts(Hosts {
                scheme,
                host,
                below,
                ports,
            }),
        })
    }

    fn regex(pattern: &str) -> Result<Self, String> {
        if pattern.is_empty() {
            return Err("a regular expression after regex:".into());
        }
        Pattern::parse(pattern).map(Self::Regex)
    }

    /// Whether it holds for an origin other than `null`.
    pub(crate) fn matches(&self, origin: &Origin, serialized: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Null => false,
            Self::Exact(exact) => exact == origin,
            Self::Hosts(hosts) => hosts.matches(origin),
            Self::Regex(regex) => regex.is_whole(serialized.as_bytes()) == Some(true),
        }
    }
}

const EXPECTED: &str = "an origin (https://app.example.com), a pattern (https://*.example.com, \
     http://localhost:[3000,8080], http://localhost:[*]), *, null, or regex: and a regular \
     expression";

/// A host of the config: what is wrong with it is said, as nobody sees a pattern that never
/// matches.
fn config_host(text: &str, below: bool) -> Result<String, String> {
    if !text.is_ascii() {
        return Err("the host in ASCII: write an international name in Punycode (xn--…)".into());
    }
    if text.contains(['/', '?', '#', '@']) {
        return Err("scheme, host and port alone: no user, no path, no slash at the end".into());
    }
    if text.contains('*') {
        return Err("* as the whole first label (https://*.example.com) or not at all".into());
    }
    let host = parse_host(text).ok_or("a host name, or an IP address, IPv6 in brackets")?;
    if !below {
        return Ok(host);
    }
    let last = host.rsplit('.').next().unwrap_or_default();
    if last.bytes().all(|b| b.is_ascii_digit()) {
        return Err("a host name after *., not an IP address".into());
    }
    if last == host && host != "localhost" {
        return Err("two labels or more after *.: one is a whole top-level domain".into());
    }
    Ok(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, origin: &str) -> bool {
        let origin = Origin::parse(origin.as_bytes()).unwrap();
        OriginPattern::parse(pattern)
            .unwrap()
            .matches(&origin, &origin.to_string())
    }

    #[test]
    fn a_wildcard_is_one_label_or_more_and_never_the_apex() {
        for (origin, matched) in [
            ("https://a.example.com", true),
            ("https://a.b.example.com", true),
            ("https://A.EXAMPLE.com:443", true),
            ("https://example.com", false),
            ("https://badexample.com", false),
            ("https://a.example.com.evil.test", false),
            ("https://a.example.co", false),
            ("http://a.example.com", false),
            ("https://a.example.com:8443", false),
        ] {
            assert_eq!(
                matches("https://*.example.com", origin),
                matched,
                "{origin}"
            );
        }
    }

    #[test]
    fn ports_are_one_a_list_or_any() {
        for (pattern, origin, matched) in [
            ("http://localhost:3000", "http://localhost:3000", true),
            ("http://localhost:3000", "http://localhost", false),
            (
                "http://localhost:[3000,8080]",
                "http://localhost:8080",
                true,
            ),
            ("http://localhost:[3000,8080]", "http://localhost:80", false),
            ("http://localhost:[3000, 80]", "http://localhost", true),
            ("http://localhost:[*]", "http://localhost:65535", true),
            ("http://localhost:[*]", "http://localhost", true),
            (
                "https://*.example.com:[8443]",
                "https://a.example.com:8443",
                true,
            ),
            ("https://*.example.com:8443", "https://a.example.com", false),
            ("http://[::1]:[*]", "http://[::1]:3000", true),
            ("app://a", "app://a", true),
            ("app://a:[*]", "app://a:1", true),
        ] {
            assert_eq!(matches(pattern, origin), matched, "{pattern} {origin}");
        }
    }

    #[test]
    fn an_expression_matches_the_whole_origin_or_nothing() {
        for pattern in [
            r"regex:https://app\.example\.com",
            r"regex:https://b\.test|https://app\.example\.com",
            r"regex:^https://app\.example\.com$",
            r"regex:(?m)^https://app\.example\.com$",
        ] {
            assert!(matches(pattern, "https://APP.example.com:443"), "{pattern}");
            for other in [
                "https://app.example.com.evil.test",
                "https://app.example.com:8443",
                "xhttps://app.example.com",
                "https://appxexample.com",
            ] {
                assert!(!matches(pattern, other), "{pattern} {other}");
            }
        }
        for escape in [
            "regex:a)|(b",
            "regex:a)|b|(?:c",
            "regex:(?x)a #",
            "regex:(?x)a #)",
        ] {
            assert!(OriginPattern::parse(escape).is_err(), "{escape}");
        }
    }

    #[test]
    fn says_what_is_wrong() {
        for (pattern, expected) in [
            ("app.example.com", "an origin ("),
            ("https://app.example.com/", "no slash at the end"),
            ("https://u@app.example.com", "no user"),
            ("https://bücher.example", "Punycode"),
            ("https://*", "whole first label"),
            ("https://a*.example.com", "whole first label"),
            ("https://*.*.example.com", "whole first label"),
            ("https://*.com", "top-level domain"),
            ("https://*.10.0.0.1", "not an IP address"),
            ("https://*.[::1]", "a host name"),
            ("https://app.example.com.", "a host name"),
            ("ht tp://app.example.com", "a scheme"),
            ("http://localhost:*", "[*]"),
            ("http://localhost:[]", "ports"),
            ("http://localhost:[80,x]", "ports"),
            ("http://localhost:[80-90]", "ports"),
            ("http://localhost:", "a port"),
            ("NULL", "an origin ("),
            ("regex:", "a regular expression"),
        ] {
            let error = OriginPattern::parse(pattern).unwrap_err();
            assert!(error.contains(expected), "{pattern}: {error}");
        }
    }
}
