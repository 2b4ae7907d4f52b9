//! Header names: checked once, lower-cased once.

/// The pseudo-headers of a request that a rule may write. `:protocol` is read only.
const OF_REQUESTS: [&str; 4] = [":path", ":method", ":authority", ":scheme"];

/// Envoy finds no route for a request without it, and redirects to TLS by it (tried, 1.40).
pub(crate) const FORWARDED_PROTO: &str = "x-forwarded-proto";

/// A request header's name in the form in which Envoy has it: lower case, `host` as `:authority`.
pub(crate) fn request(text: &str) -> Option<String> {
    let name = lower(text)?;
    if name == "host" {
        return Some(":authority".to_owned());
    }
    let known = !is_pseudo(&name) || OF_REQUESTS.contains(&name.as_str()) || name == ":protocol";
    known.then_some(name)
}

/// A response header's name in lower case.
pub(crate) fn response(text: &str) -> Option<String> {
    lower(text).filter(|name| !is_pseudo(name) || name == ":status")
}

/// Whether it is a pseudo-header: part of the message's first line (RFC 9113, 8.3).
pub(crate) fn is_pseudo(name: &str) -> bool {
    name.starts_with(':')
}

/// Whether the framing or routing of the message rests on it.
pub(crate) fn is_unsafe(name: &str) -> bool {
    is_pseudo(name)
        || matches!(
            name,
            "host" | "content-length" | "transfer-encoding" | "connection"
        )
}

/// Whether a route is chosen by it, besides the headers that a config lists.
pub(crate) fn is_routing(name: &str) -> bool {
    OF_REQUESTS.contains(&name) || name == FORWARDED_PROTO
}

/// A token (RFC 9110, 5.6.2), perhaps after the colon of a pseudo-header.
fn lower(text: &str) -> Option<String> {
    let token = text.strip_prefix(':').unwrap_or(text);
    let ok = !token.is_empty()
        && token
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b));
    ok.then(|| text.to_ascii_lowercase())
}

/// Whether a value may stand in a header: visible characters, blanks, tabs and the bytes from 128
/// up (RFC 9110, 5.5). Envoy checks nothing that a filter sets, and CR or LF would split the
/// message.
pub(crate) fn is_field_value(value: &[u8]) -> bool {
    value
        .iter()
        .all(|b| matches!(b, b'\t' | b' '..=b'~' | 128..))
}

/// Whether a value can be that of a pseudo-header: another one would corrupt the message's first
/// line, or make Envoy fail the request.
pub(crate) fn is_pseudo_value(name: &str, value: &[u8]) -> bool {
    let visible = |b: &u8| matches!(b, b'!'..=b'~');
    match name {
        ":path" => {
            let ok = |b: &u8| (visible(b) || *b >= 128) && *b != b'#';
            value.starts_with(b"/") && value.iter().all(ok)
        }
        ":method" => {
            // CONNECT makes a tunnel of the request.
            let token =
                !value.is_empty() && value.iter().all(|b| b.is_ascii_uppercase() || *b == b'-');
            token && value != b"CONNECT"
        }
        ":authority" => {
            let ok = |b: &u8| visible(b) && !b"/?#@\\".contains(b);
            !value.is_empty() && value.iter().all(ok)
        }
        ":scheme" => value == b"http" || value == b"https",
        ":status" => {
            let number = str::from_utf8(value)
                .ok()
                .and_then(|text| text.parse::<u16>().ok());
            value.len() == 3 && number.is_some_and(|n| (200..=599).contains(&n))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_lower_case_tokens() {
        assert_eq!(request("X-A").as_deref(), Some("x-a"));
        assert_eq!(request("Host").as_deref(), Some(":authority"));
        assert_eq!(response("Host").as_deref(), Some("host"));
        assert_eq!(response(":status").as_deref(), Some(":status"));
        for text in ["", ":", "a b", "a:", "x\n", "é", ":status", ":foo"] {
            assert_eq!(request(text), None, "{text}");
        }
        assert_eq!(response(":path"), None);
    }

    #[test]
    fn values_cannot_corrupt_a_message() {
        assert!(is_field_value(b"a\tb \xff~"));
        for byte in (0..=31).filter(|b| *b != b'\t').chain([127]) {
            assert!(!is_field_value(&[b'a', byte]), "{byte}");
        }
        for (name, good, bad) in [
            (
                ":path",
                "/a?b=%20\u{e9}",
                &["", "a", "*", "/a b", "/a#b", "/a\n"][..],
            ),
            (":method", "PATCH", &["", "get", "A B", "CONNECT"]),
            (":authority", "a:80", &["", "a b", "a/b", "u@a"]),
            (":scheme", "https", &["", "ftp", "HTTP"]),
            (
                ":status",
                "404",
                &["", "99", "101", "600", "2e2", "+20", "0200"],
            ),
            (":protocol", "", &["websocket"]),
        ] {
            assert!(
                name == ":protocol" || is_pseudo_value(name, good.as_bytes()),
                "{good}"
            );
            for bad in bad {
                assert!(!is_pseudo_value(name, bad.as_bytes()), "{name} {bad}");
            }
        }
    }
}
