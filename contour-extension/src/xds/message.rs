//! `DiscoveryRequest` and `DiscoveryResponse`, as far as an xDS server and client use them.

use bytes::{BufMut, Bytes};

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

    /// Writes one: each resource is copied once, from where it is to where it is sent from.
    pub fn write(&self, out: &mut impl BufMut) {
        wire::put_text(out, 1, &self.version);
        for resource in &self.resources {
            wire::put_head(out, 2, self.any(resource));
            wire::put_text(out, 1, &self.type_url);
            wire::put(out, 2, resource);
        }
        wire::put_text(out, 4, &self.type_url);
        wire::put_text(out, 5, &self.nonce);
    }

    /// How many bytes are written.
    pub fn length(&self) -> usize {
        let resources = self.resources.iter();
        let resources = resources.map(|resource| wire::length(2, self.any(resource)));
        let texts = [(1, &self.version), (4, &self.type_url), (5, &self.nonce)];
        let texts = texts.map(|(number, text)| text_length(number, text));
        resources.chain(texts).fold(0, usize::saturating_add)
    }

    /// How long the `Any` of a resource is.
    fn any(&self, resource: &Bytes) -> usize {
        text_length(1, &self.type_url).saturating_add(wire::length(2, resource.len()))
    }
}

fn text_length(number: u32, text: &str) -> usize {
    match text.is_empty() {
        true => 0,
        false => wire::length(number, text.len()),
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
        let mut written = vec![];
        response.write(&mut written);
        assert_eq!(written.len(), response.length());
        assert_eq!(Response::read(&written.into()), Ok(response));
    }
}
