//! Messages as tests write them and as they arrive.

use hachure_casefile::{Headers, Message, Text};
use hachure_exchange::HeaderMap;

/// A message that arrived.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Received {
    /// The headers in order, pseudo-headers first, duplicates apart, values byte for byte.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
    /// Trailers.
    pub trailers: HeaderMap,
    /// The statuses of interim responses before it (RFC 9110, 15.2).
    pub interim: Vec<u16>,
}

impl Received {
    /// The status of a response.
    pub fn status(&self) -> u16 {
        self.text(":status").parse().expect("a status")
    }

    /// The first value of a header as text; empty where it is absent.
    pub fn text(&self, name: &str) -> String {
        let value = self.headers.values(name).next().unwrap_or_default();
        String::from_utf8_lossy(value).into_owned()
    }

    /// Every value of a header as text.
    pub fn all(&self, name: &str) -> Vec<String> {
        self.headers
            .values(name)
            .map(|v| String::from_utf8_lossy(v).into_owned())
            .collect()
    }
}

/// A request without a body for `api.example.com`.
pub fn request(method: &str, path: &str, headers: &[(&str, &str)]) -> Message {
    let pseudo = [
        (":method", method),
        (":path", path),
        (":authority", "api.example.com"),
    ];
    message(pseudo.iter().chain(headers))
}

/// A response.
pub fn response(status: u16, headers: &[(&str, &str)], body: &str) -> Message {
    let status = status.to_string();
    let mut message = message([(":status", status.as_str())].iter().chain(headers));
    if !body.is_empty() {
        message.body.push(Text(body.into()));
    }
    message
}

fn message<'a>(headers: impl Iterator<Item = &'a (&'a str, &'a str)>) -> Message {
    let headers = headers.map(|(name, value)| ((*name).to_owned(), Text((*value).into())));
    Message {
        headers: Headers(headers.collect()),
        ..Message::default()
    }
}

/// The first value of a header in a message that is to be sent.
pub(crate) fn first<'a>(message: &'a Message, name: &str) -> Option<&'a [u8]> {
    message
        .headers
        .0
        .iter()
        .find(|(n, _)| n == name)
        .map(|(_, value)| value.0.as_slice())
}

/// The headers that are none of the pseudo-headers.
pub(crate) fn fields(message: &Message) -> impl Iterator<Item = (&str, &[u8])> {
    let fields = message
        .headers
        .0
        .iter()
        .filter(|(name, _)| !name.starts_with(':'));
    fields.map(|(name, value)| (name.as_str(), value.0.as_slice()))
}
