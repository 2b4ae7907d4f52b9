//! An answer that the filter gives itself.

use crate::Invalid;
use crate::effects::{check_name, check_value};

/// A local reply. The upstream does not see the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    status: u16,
    headers: Vec<(String, Vec<u8>)>,
    body: Vec<u8>,
    details: String,
    grpc_status: Option<u8>,
}

impl Reply {
    /// A reply with no headers and no body. `details` becomes Envoy's `%RESPONSE_CODE_DETAILS%`,
    /// which has no blanks.
    pub fn new(status: u16, details: impl Into<String>) -> Self {
        Self {
            status,
            headers: vec![],
            body: vec![],
            details: details.into(),
            grpc_status: None,
        }
    }

    /// Adds a header.
    pub fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Result<Self, Invalid> {
        check_name(name)?;
        check_value(value.as_ref())?;
        self.headers
            .push((name.to_owned(), value.as_ref().to_vec()));
        Ok(self)
    }

    /// Sets the body.
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// Sets the gRPC status that Envoy gives a gRPC client instead of the HTTP status.
    pub fn grpc_status(mut self, status: u8) -> Self {
        self.grpc_status = Some(status);
        self
    }

    /// The HTTP status.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The headers in order.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_slice()))
    }

    /// The body.
    pub fn body_bytes(&self) -> &[u8] {
        &self.body
    }

    /// Envoy's response code details.
    pub fn details(&self) -> &str {
        &self.details
    }

    /// The gRPC status, for a gRPC request.
    pub fn grpc(&self) -> Option<u8> {
        self.grpc_status
    }
}
