//! A response that Envoy makes itself (Envoy: `Http::Utility::prepareLocalReply`).

use crate::fields::Fields;

/// What was asked for: by the module, or by Envoy itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LocalReply {
    /// The HTTP status.
    pub status: u32,
    /// The response code details, blanks replaced by `_`.
    pub details: Vec<u8>,
    /// The body.
    pub body: Vec<u8>,
    /// Headers to add.
    pub headers: Fields,
    /// The gRPC status, where one was named.
    pub grpc_status: Option<u32>,
    /// Whether the module asked for it.
    pub own: bool,
}

/// A reply in the form in which it goes through the filters.
pub(crate) struct Prepared {
    pub(crate) headers: Fields,
    pub(crate) body: Vec<u8>,
}

impl LocalReply {
    /// A reply of Envoy's own.
    pub(crate) fn of_envoy(status: u32, body: &str, details: &str) -> Self {
        Self {
            status,
            body: body.into(),
            details: details.into(),
            ..Self::default()
        }
    }

    /// The message for a client that sent `request`.
    pub(crate) fn prepare(&self, request: &Fields) -> Prepared {
        let mut headers = Fields::new();
        headers.add(b":status", self.status.to_string().as_bytes());
        for (name, value) in self.headers.iter() {
            headers.add(name, value);
        }
        if is_grpc(request) {
            self.to_trailers_only(&mut headers, is_head(request));
            return Prepared {
                headers,
                body: vec![],
            };
        }
        headers.remove(b"content-length");
        if self.body.is_empty() {
            headers.remove(b"content-type");
            return Prepared {
                headers,
                body: vec![],
            };
        }
        headers.add(b"content-length", self.body.len().to_string().as_bytes());
        if headers.value("content-type").is_none() {
            headers.add(b"content-type", b"text/plain");
        }
        let body = if is_head(request) {
            vec![]
        } else {
            self.body.clone()
        };
        Prepared { headers, body }
    }

    /// A gRPC client reads the status from a trailer, which here stands among the headers.
    fn to_trailers_only(&self, headers: &mut Fields, head: bool) {
        headers.set(b":status", b"200");
        headers.set(b"content-type", b"application/grpc");
        if headers.value("grpc-status").is_none_or(<[u8]>::is_empty) {
            let status = self.grpc_status.unwrap_or_else(|| grpc_status(self.status));
            headers.set(b"grpc-status", status.to_string().as_bytes());
        }
        if !self.body.is_empty() && !head {
            headers.set(b"grpc-message", &percent_encoded(&self.body));
        }
        headers.remove(b"content-length");
    }
}

/// Envoy's `Grpc::Common::isGrpcRequestHeaders`.
fn is_grpc(request: &Fields) -> bool {
    let kind = request.value("content-type").unwrap_or_default();
    let rest = kind.strip_prefix(b"application/grpc");
    request.value(":path").is_some()
        && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(b"+"))
}

fn is_head(request: &Fields) -> bool {
    request.value(":method") == Some(b"HEAD")
}

/// grpc/grpc «HTTP to gRPC Status Code Mapping».
fn grpc_status(http: u32) -> u32 {
    match http {
        400 => 13,
        401 => 16,
        403 => 7,
        404 => 12,
        429 | 502..=504 => 14,
        _ => 2,
    }
}

/// gRPC over HTTP/2, «Percent-Encoded».
fn percent_encoded(text: &[u8]) -> Vec<u8> {
    let encoded = text.iter().map(|byte| match byte {
        b' '..=b'~' if *byte != b'%' => char::from(*byte).to_string(),
        _ => format!("%{byte:02X}"),
    });
    encoded.collect::<String>().into_bytes()
}
