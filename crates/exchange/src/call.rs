//! Calls to upstreams, and their answers.

use std::time::Duration;

use crate::HeaderMap;
use crate::effects::{check_name, check_value};

/// A call to an upstream of the filter's own.
///
/// Upstreams are clusters: [`hachure_config::Upstreams`] resolves the logical names of a config.
/// A timeout below a millisecond is one, because Envoy takes none for «for ever».
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Call<'a> {
    /// An HTTP request.
    Http {
        /// The cluster.
        upstream: &'a str,
        /// `:method`, `:path` and `:authority`, which Envoy asks for, and the others.
        headers: &'a [(&'a str, &'a str)],
        /// The body; empty for none.
        body: &'a [u8],
        /// How long the answer may take.
        timeout: Duration,
    },
    /// A unary gRPC call.
    Grpc {
        /// The cluster, which must speak HTTP/2.
        upstream: &'a str,
        /// The service's full name.
        service: &'static str,
        /// The method's name.
        method: &'static str,
        /// The request, in its protobuf encoding.
        message: &'a [u8],
        /// How long the answer may take.
        timeout: Duration,
    },
}

impl<'a> Call<'a> {
    /// The cluster.
    pub const fn upstream(&self) -> &'a str {
        match self {
            Call::Http { upstream, .. } | Call::Grpc { upstream, .. } => upstream,
        }
    }

    /// Whether nothing in it splits a message: names are tokens, and no value holds CR, LF or NUL.
    /// Envoy does not check it, so a host lets a call fail that is not.
    pub fn is_sound(&self) -> bool {
        let headers = match self {
            Call::Http { headers, .. } => *headers,
            Call::Grpc { .. } => &[],
        };
        headers
            .iter()
            .all(|(name, value)| check_name(name).is_ok() && check_value(value.as_bytes()).is_ok())
    }

    /// The timeout in whole milliseconds, as a host takes it: at least one, at most 24 days.
    pub fn timeout_milliseconds(&self) -> u32 {
        let (Call::Http { timeout, .. } | Call::Grpc { timeout, .. }) = self;
        let most = i32::MAX.unsigned_abs();
        u32::try_from(timeout.as_millis())
            .unwrap_or(most)
            .clamp(1, most)
    }
}

/// What came of a call.
///
/// Where an HTTP upstream refuses the connection or does not answer in time, Envoy's own client
/// answers for it with 503 or 504: that is [`Answer::Http`] with this status.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// An HTTP response, of whatever status.
    Http {
        /// `:status`; 0 where it is none.
        status: u16,
        /// The headers.
        headers: HeaderMap,
        /// The body.
        body: Vec<u8>,
    },
    /// The response message of a gRPC call whose status was OK.
    Grpc {
        /// In its protobuf encoding.
        message: Vec<u8>,
    },
    /// There is none: no such cluster, a call that the host refused or broke off, a gRPC status
    /// other than OK, or an answer too large to take.
    Failed,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_of_a_call_splits_no_message() {
        let sound = |name, value| {
            let call = Call::Http {
                upstream: "a",
                headers: &[(":method", "GET"), (name, value)],
                body: b"",
                timeout: Duration::ZERO,
            };
            call.is_sound()
        };
        assert!(sound(":path", "/a?b") && sound("x-a", ""));
        for (name, value) in [("x", "a\r\nb: c"), ("x", "\0"), ("x y", "a"), ("", "a")] {
            assert!(!sound(name, value), "{name:?} {value:?}");
        }
    }

    #[test]
    fn a_timeout_is_never_for_ever() {
        let of = |timeout| {
            let call = Call::Http {
                upstream: "a",
                headers: &[],
                body: b"",
                timeout,
            };
            call.timeout_milliseconds()
        };
        assert_eq!(of(Duration::ZERO), 1);
        assert_eq!(of(Duration::from_millis(250)), 250);
        assert_eq!(of(Duration::MAX), 0x7fff_ffff);
    }
}
