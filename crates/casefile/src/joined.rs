//! Headers as Envoy keeps them from the moment they arrive.

use hachure_exchange::HeaderMap;

/// Names whose repeated fields Envoy joins with a comma into the first of them. Envoy 1.40 prints
/// them at start («HTTP header map info»: those of requests and of responses, here in one list);
/// those that it sets itself are left out here.
const JOINED: [&str; 54] = [
    "accept",
    "accept-encoding",
    "access-control-allow-credentials",
    "access-control-allow-headers",
    "access-control-allow-methods",
    "access-control-allow-origin",
    "access-control-allow-private-network",
    "access-control-expose-headers",
    "access-control-max-age",
    "access-control-request-headers",
    "access-control-request-method",
    "access-control-request-private-network",
    "age",
    "authentication",
    "authorization",
    "cache-control",
    "cdn-loop",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "date",
    "etag",
    "expect",
    "expires",
    "grpc-accept-encoding",
    "grpc-message",
    "grpc-status",
    "grpc-timeout",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-range",
    "if-unmodified-since",
    "keep-alive",
    "last-modified",
    "location",
    "origin",
    "pragma",
    "proxy-connection",
    "proxy-status",
    "referer",
    "server",
    "te",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "vary",
    "via",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-port",
    "x-forwarded-proto",
    "x-request-id",
];

/// The headers as a filter sees them: one value where Envoy joins several.
pub(crate) fn joined(headers: &HeaderMap) -> HeaderMap {
    let mut kept = HeaderMap::new();
    for (name, value) in headers.iter() {
        let name = String::from_utf8_lossy(name);
        if !JOINED.contains(&name.to_ascii_lowercase().as_str()) {
            kept.add(&name, value);
        } else if !kept.contains(&name) {
            let values: Vec<_> = headers.values(&name).filter(|v| !v.is_empty()).collect();
            kept.add(&name, &values.join(&b","[..]));
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joins_what_envoy_joins() {
        let sent = [
            ("Origin", "a"),
            ("x", "1"),
            ("x", "2"),
            ("origin", "b"),
            ("cookie", "c"),
        ];
        let kept = [("Origin", "a,b"), ("x", "1"), ("x", "2"), ("cookie", "c")];
        let sent: HeaderMap = sent.into_iter().collect();
        assert_eq!(joined(&sent), kept.into_iter().collect());
    }
}
