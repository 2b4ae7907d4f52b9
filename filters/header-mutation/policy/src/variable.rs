//! What a template may name.

use std::fmt;

use hachure_config::{ClaimPath, Variable as Known};

use crate::name;

/// A variable of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Variable {
    /// All values of a request header, joined as its syntax has it.
    RequestHeader(String),
    /// A query parameter, decoded.
    RequestQuery(String),
    /// A cookie.
    RequestCookie(String),
    /// The path without its query, as it was sent.
    RequestPath,
    /// The method.
    RequestMethod,
    /// The host in lower case, without port.
    RequestHost,
    /// `http` or `https`.
    RequestScheme,
    /// A segment that `when.path.template` names, decoded.
    PathCapture(String),
    /// The same by its place among the segments.
    PathSegment(usize),
    /// The client's IP address as Envoy sees it.
    SourceIp,
    /// The client's IP address and port as Envoy sees them.
    SourceAddress,
    /// A claim of a verified token, as an earlier filter published it.
    Claim(ClaimPath),
    /// The name of the consumer that an earlier filter established.
    ConsumerName,
    /// The consumer's identifier.
    ConsumerId,
    /// A label of the consumer.
    ConsumerLabel(String),
    /// Dynamic metadata: a namespace, and the way to a value in it.
    Metadata(ClaimPath),
    /// All values of a response header, joined.
    ResponseHeader(String),
    /// The response's status.
    ResponseCode,
    /// Seconds since 1970.
    TimeUnix,
    /// RFC 3339 in UTC.
    TimeRfc3339,
    /// As in HTTP's date headers.
    TimeHttp,
    /// A group of `regexReplace`.
    MatchGroup(String),
    /// The same by its number.
    Group(usize),
    /// A value that was read when the request came.
    Captured(usize),
}

/// The request header that identifies a request in Envoy.
const REQUEST_ID: &str = "x-request-id";

impl Known for Variable {
    const KNOWN: &'static [&'static str] = &[
        "request.header.NAME",
        "request.query.NAME",
        "request.cookie.NAME",
        "request.path",
        "request.method",
        "request.host",
        "request.scheme",
        "request.id",
        "path.NAME",
        "source.ip",
        "source.address",
        "claim.PATH",
        "consumer.name",
        "consumer.id",
        "consumer.label.NAME",
        "metadata.'NAMESPACE'.PATH",
        "response.header.NAME",
        "response.code",
        "time.unix",
        "time.rfc3339",
        "time.http",
        "match.GROUP",
    ];

    fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "request.path" => Self::RequestPath,
            "request.method" => Self::RequestMethod,
            "request.host" => Self::RequestHost,
            "request.scheme" => Self::RequestScheme,
            "request.id" => Self::RequestHeader(REQUEST_ID.to_owned()),
            "source.ip" => Self::SourceIp,
            "source.address" => Self::SourceAddress,
            "consumer.name" => Self::ConsumerName,
            "consumer.id" => Self::ConsumerId,
            "response.code" => Self::ResponseCode,
            "time.unix" => Self::TimeUnix,
            "time.rfc3339" => Self::TimeRfc3339,
            "time.http" => Self::TimeHttp,
            _ => return Self::named(text),
        })
    }
}

impl Variable {
    fn named(text: &str) -> Option<Self> {
        let after = |prefix| text.strip_prefix(prefix).filter(|name| !name.is_empty());
        if let Some(header) = after("request.header.") {
            return name::request(header).map(Self::RequestHeader);
        }
        if let Some(header) = after("response.header.") {
            return name::response(header).map(Self::ResponseHeader);
        }
        if let Some(name) = after("request.query.") {
            return Some(Self::RequestQuery(name.to_owned()));
        }
        if let Some(name) = after("request.cookie.") {
            return Some(Self::RequestCookie(name.to_owned()));
        }
        if let Some(path) = after("claim.") {
            return ClaimPath::parse(path).ok().map(Self::Claim);
        }
        if let Some(path) = after("metadata.") {
            let path = ClaimPath::parse(path).ok()?;
            // Namespaces have dots in them: without quotes this would be another one.
            let [namespace, _, ..] = path.names() else {
                return None;
            };
            return (namespace != "envoy").then_some(Self::Metadata(path));
        }
        if let Some(name) = after("consumer.label.") {
            return Some(Self::ConsumerLabel(name.to_owned()));
        }
        if let Some(name) = after("path.") {
            return Some(Self::PathCapture(name.to_owned()));
        }
        after("match.").map(|group| Self::MatchGroup(group.to_owned()))
    }

    /// Whether it can be read only when the request comes.
    pub(crate) fn is_of_request(&self) -> bool {
        match self {
            Self::RequestHeader(_)
            | Self::RequestQuery(_)
            | Self::RequestCookie(_)
            | Self::RequestPath
            | Self::RequestMethod
            | Self::RequestHost
            | Self::RequestScheme
            | Self::PathCapture(_)
            | Self::PathSegment(_) => true,
            Self::SourceIp
            | Self::SourceAddress
            | Self::Claim(_)
            | Self::ConsumerName
            | Self::ConsumerId
            | Self::ConsumerLabel(_)
            | Self::Metadata(_)
            | Self::ResponseHeader(_)
            | Self::ResponseCode
            | Self::TimeUnix
            | Self::TimeRfc3339
            | Self::TimeHttp
            | Self::MatchGroup(_)
            | Self::Group(_)
            | Self::Captured(_) => false,
        }
    }

    /// Whether another filter told it. Such a value is made for readers of every kind, of which a
    /// header's are some.
    pub(crate) fn is_told(&self) -> bool {
        matches!(
            self,
            Self::Claim(_)
                | Self::ConsumerName
                | Self::ConsumerId
                | Self::ConsumerLabel(_)
                | Self::Metadata(_)
        )
    }

    /// Whether it can be read only when the response comes.
    pub(crate) fn is_of_response(&self) -> bool {
        matches!(self, Self::ResponseHeader(_) | Self::ResponseCode)
    }
}

impl fmt::Display for Variable {
    /// What a refusal says was missing.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RequestHeader(name) => write!(f, "the request header {name}"),
            Self::RequestQuery(name) => write!(f, "the query parameter {name}"),
            Self::RequestCookie(name) => write!(f, "the cookie {name}"),
            Self::RequestPath => f.write_str("the path"),
            Self::RequestHost => f.write_str("the host"),
            Self::Claim(path) => write!(f, "the claim {}", path.names().join(".")),
            Self::Metadata(path) => write!(f, "the metadata {}", path.names().join(".")),
            Self::ConsumerName | Self::ConsumerId | Self::ConsumerLabel(_) => {
                f.write_str("a consumer that is known")
            }
            _ => f.write_str("a value"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_known_form_is_read() {
        for known in Variable::KNOWN {
            let text = known.replace("GROUP", "1");
            let text = text
                .replace("NAMESPACE", "a.b")
                .replace("NAME", "a")
                .replace("PATH", "a.b");
            assert!(Variable::parse(&text).is_some(), "{text}");
        }
    }

    #[test]
    fn names_are_checked_and_normalised() {
        let header = |name: &str| Some(Variable::RequestHeader(name.into()));
        assert_eq!(Variable::parse("request.header.X-User"), header("x-user"));
        assert_eq!(Variable::parse("request.header.Host"), header(":authority"));
        assert_eq!(Variable::parse("request.header.:path"), header(":path"));
        assert_eq!(Variable::parse("request.id"), header("x-request-id"));
        for text in [
            "",
            "request",
            "request.header.",
            "request.header.a b",
            "Request.path",
            "path.",
            "claim.",
            "claim.a..b",
            "claim.'a",
            "consumer",
            "consumer.plan",
            "consumer.label.",
            "metadata.",
            "metadata.a",
            "metadata.envoy.filters.http.jwt_authn.payload",
            "time",
        ] {
            assert_eq!(Variable::parse(text), None, "{text}");
        }
    }
}
