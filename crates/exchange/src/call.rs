//! Calls to upstreams, and their answers.

use std::time::Duration;

use crate::HeaderMap;

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
