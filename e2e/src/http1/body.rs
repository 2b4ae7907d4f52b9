//! Bodies and trailers (RFC 9112, 6 and 7).

use hachure_casefile::Message;
use hachure_exchange::HeaderMap;

use super::head::{fields, position};
use super::{Connection, Head};

impl Connection {
    pub(super) async fn write_body(
        &mut self,
        message: &Message,
        chunked: bool,
    ) -> Result<(), String> {
        for chunk in &message.body {
            let data = &chunk.0;
            if !chunked {
                self.write(data).await?;
            } else if !data.is_empty() {
                let size = format!("{:x}\r\n", data.len());
                self.write(&[size.as_bytes(), data, b"\r\n"].concat())
                    .await?;
            }
        }
        if !chunked {
            return Ok(());
        }
        let mut end = b"0\r\n".to_vec();
        for (name, value) in &message.trailers.0 {
            end.extend_from_slice(&[name.as_bytes(), b": ", &value.0, b"\r\n"].concat());
        }
        end.extend_from_slice(b"\r\n");
        self.write(&end).await
    }

    /// Reads the body behind a head. A response without framing lasts until the end.
    pub(crate) async fn read_body(
        &mut self,
        head: &Head,
        response: bool,
    ) -> Result<(Vec<u8>, HeaderMap), String> {
        let chunked = head
            .headers
            .values("transfer-encoding")
            .any(|v| v.ends_with(b"chunked"));
        if chunked {
            return self.chunks().await;
        }
        let length = head.headers.values("content-length").next();
        let length = length
            .and_then(|v| str::from_utf8(v).ok())
            .and_then(|v| v.parse().ok());
        let body = match length {
            Some(length) => self.exactly(length).await?,
            None if response => self.rest().await?,
            None => vec![],
        };
        Ok((body, HeaderMap::new()))
    }

    async fn chunks(&mut self) -> Result<(Vec<u8>, HeaderMap), String> {
        let mut body = vec![];
        loop {
            let line = self.line().await?;
            let digits = line.split(|b| *b == b';').next().unwrap_or_default();
            let size = str::from_utf8(digits)
                .ok()
                .and_then(|d| usize::from_str_radix(d, 16).ok());
            match size.ok_or_else(|| format!("no chunk: {}", line.escape_ascii()))? {
                0 => return Ok((body, self.trailers().await?)),
                size => body.extend(self.exactly(size).await?),
            }
            self.line().await?;
        }
    }

    async fn trailers(&mut self) -> Result<HeaderMap, String> {
        let mut lines = vec![];
        loop {
            match self.line().await? {
                line if line.is_empty() => {
                    return Ok(fields(lines.iter().map(Vec::as_slice)));
                }
                line => lines.push(line),
            }
        }
    }

    async fn line(&mut self) -> Result<Vec<u8>, String> {
        loop {
            if let Some(end) = position(&self.unread, b"\r\n") {
                let mut line: Vec<u8> = self.unread.drain(..end + 2).collect();
                line.truncate(end);
                return Ok(line);
            }
            if !self.more().await? {
                return Err("the connection ended within a body".into());
            }
        }
    }

    async fn rest(&mut self) -> Result<Vec<u8>, String> {
        while self.more().await? {}
        Ok(std::mem::take(&mut self.unread))
    }
}
