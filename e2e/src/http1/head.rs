//! The start line and the headers.

use hachure_exchange::HeaderMap;

use super::Connection;

/// What stands before the body.
#[derive(Debug, Clone)]
pub(crate) struct Head {
    start: Vec<u8>,
    pub(crate) headers: HeaderMap,
}

impl Connection {
    /// Reads a head; none where the stream ends before its first byte.
    pub(super) async fn head(&mut self) -> Result<Option<Head>, String> {
        loop {
            if let Some(end) = position(&self.unread, b"\r\n\r\n") {
                let bytes: Vec<u8> = self.unread.drain(..end + 4).collect();
                return Ok(Some(Head::parse(&bytes[..end])));
            }
            if !self.more().await? {
                return match self.unread.is_empty() {
                    true => Ok(None),
                    false => Err("the connection ended within a head".into()),
                };
            }
        }
    }
}

impl Head {
    fn parse(bytes: &[u8]) -> Self {
        let mut lines = bytes
            .split(|b| *b == b'\n')
            .map(|l| l.strip_suffix(b"\r").unwrap_or(l));
        let start = lines.next().unwrap_or_default().to_vec();
        Self {
            start,
            headers: fields(lines),
        }
    }

    /// Method and target of a request.
    pub(crate) fn method_and_target(&self) -> (&[u8], &[u8]) {
        let mut words = self.start.split(|b| *b == b' ');
        (
            words.next().unwrap_or_default(),
            words.next().unwrap_or_default(),
        )
    }

    pub(crate) fn status(&self) -> Result<u16, String> {
        let word = self.start.split(|b| *b == b' ').nth(1);
        let status = word
            .and_then(|w| str::from_utf8(w).ok())
            .and_then(|w| w.parse().ok());
        status.ok_or_else(|| format!("no status: {}", self.start.escape_ascii()))
    }

    /// The headers behind these pseudo-headers.
    pub(crate) fn with_pseudo(&self, pseudo: &[(&str, &[u8])]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pseudo {
            headers.add(name, value);
        }
        for (name, value) in self.headers.iter() {
            headers.add(&String::from_utf8_lossy(name), value);
        }
        headers
    }
}

/// `name: value` lines.
pub(super) fn fields<'a>(lines: impl Iterator<Item = &'a [u8]>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for line in lines.filter(|line| !line.is_empty()) {
        let colon = position(line, b":").unwrap_or(line.len());
        let (name, value) = line.split_at(colon);
        let value = value.strip_prefix(b":").unwrap_or_default();
        headers.add(&String::from_utf8_lossy(name), value.trim_ascii());
    }
    headers
}

pub(super) fn position(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes
        .windows(wanted.len())
        .position(|window| window == wanted)
}
