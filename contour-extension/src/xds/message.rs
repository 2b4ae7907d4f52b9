//! `DiscoveryRequest` and `DiscoveryResponse`, as far as an xDS server and client use them.

use bytes::Bytes;

use crate::wire::{self, Malformed};

/// `DiscoveryRequest`: a subscription, and the answer to the last response.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Request {
    /// `Node.id`; only the first request of a stream has to carry it.
    pub node: String,
    /// The resources that are asked for; none means all.
    pub names: Vec<String>,
    /// What kind of resources.
    pub type_url: String,
    /// The response that this answers; empty in a first request.
    pub nonce: String,
    /// The version that is in use.
    pub version: String,
    /// Why that response was refused; none where it was accepted.
    pub refusal: Option<String>,
}

impl Request {
    /// Reads one.
    pub fn read(message: &[u8]) -> Result<Self, Malformed> {
        let mut request = Self::default();
        for field in wire::fields(message) {
            let field = field?;
            let text = || field.bytes().map(lossy);
            match field.number {
                1 => request.version = text()?,
                2 => request.node = wire::text(field.bytes()?, 1)?.to_owned(),
                3 => request.names.push(text()?),
                4 => request.type_url = text()?,
                5 => request.nonce = text()?,
                // `google.rpc.Status{message=2}`.
                6 => request.refusal = Some(wire::text(field.bytes()?, 2)?.to_owned()),
                _ => {}
            }
        }
        Ok(request)
    }

    /// Writes one.
    pub fn write(&self) -> Bytes {
        let mut message = vec![];
        wire::put_text(&mut message, 1, &self.version);
        let mut node = vec![];
        wire::put_text(&mut node, 1, &self.node);
        wire::put(&mut message, 2, &node);
        for name in &self.names {
            wire::put_text(&mut message, 3, name);
        }
        wire::put_text(&mut message, 4, &self.type_url);
        wire::put_text(&mut message, 5, &self.nonce);
        message.into()
    }
}

/// `DiscoveryResponse`: a version of some resources.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Response {
    /// The version.
    pub version: String,
    /// By which the response is answered.
    pub nonce: String,
    /// What kind of resources.
    pub type_url: String,
    /// The resources without the `Any` around them: their bytes as the server wrote them.
    pub resources: Vec<Bytes>,
}

impl Response {
    /// Reads one. The resources share its memory.
    pub fn read(message: &Bytes) -> Result<Self, Malformed> {
        let mut response = Self::default();
        for field in wire::fields(message) {
            let field = field?;
            match field.number {
                1 => response.version = lossy(field.bytes()?),
                2 => {
                    let value = wire::once(field.bytes()?, 2)?.unwrap_or_default();
                    response.resources.push(message.slice_ref(value));
                }
                4 => response.type_url = lossy(field.bytes()?),
                5 => response.nonce = lossy(field.bytes()?),
                _ => {}
            }
        }
        Ok(response)
    }

    /// Writes one.
    pub fn write(&self) -> Bytes {
        let mut message = vec![];
        wire::put_text(&mut message, 1, &self.version);
        for resource in &self.resources {
            wire::put(&mut message, 2, &wire::any(&self.type_url, resource));
        }
        wire::put_text(&mut message, 4, &self.type_url);
        wire::put_text(&mut message, 5, &self.nonce);
        message.into()
    }
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_read_as_it_was_written() {
        let request = Request {
            node: "a".into(),
            names: vec!["b".into(), "c".into()],
            type_url: "d".into(),
            nonce: "e".into(),
            version: "f".into(),
            refusal: None,
        };
        assert_eq!(Request::read(&request.write()), Ok(request));
    }

    #[test]
    fn a_response_is_read_as_it_was_written() {
        let response = Response {
            version: "1".into(),
            nonce: "2".into(),
            type_url: "3".into(),
            resources: vec![Bytes::from_static(b"abc"), Bytes::new()],
        };
        assert_eq!(Response::read(&response.write()), Ok(response));
    }
}
