//! HTTP/1.1 byte for byte (RFC 9112): a test sees what is on the wire, and can write what a
//! library would not.

mod body;
mod head;

use std::net::SocketAddr;

use hachure_casefile::Message;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::Received;
use crate::client::connect;
use crate::message::{fields, first};
use crate::runtime::wait;
pub(crate) use head::Head;

/// One connection, either end of it.
pub struct Connection {
    stream: TcpStream,
    unread: Vec<u8>,
}

impl Connection {
    pub(crate) fn new(stream: TcpStream) -> Self {
        Self {
            stream,
            unread: vec![],
        }
    }

    /// Connects and writes `bytes`.
    pub fn open(address: SocketAddr, bytes: &[u8]) -> Result<Self, String> {
        wait(async {
            let mut connection = Self::new(connect(address).await?);
            connection.write(bytes).await?;
            Ok(connection)
        })
    }

    /// Writes `bytes`.
    pub fn send(&mut self, bytes: &[u8]) -> Result<(), String> {
        wait(self.write(bytes))
    }

    /// Reads the next response, interim ones included, to a request with that method.
    pub fn receive(&mut self, method: &str) -> Result<Received, String> {
        wait(self.response(method.as_bytes()))
    }

    /// Reads the next head, of an interim response too, and returns its status.
    pub fn receive_status(&mut self) -> Result<u16, String> {
        wait(async { self.head().await?.ok_or("the connection ended")?.status() })
    }

    /// Reads exactly `count` bytes: what a tunnel or an upgraded connection carries.
    pub fn receive_bytes(&mut self, count: usize) -> Result<Vec<u8>, String> {
        wait(self.exactly(count))
    }

    pub(crate) async fn write(&mut self, bytes: &[u8]) -> Result<(), String> {
        self.stream
            .write_all(bytes)
            .await
            .map_err(|e| format!("writing: {e}"))
    }

    /// Reads more; false at the end of the stream.
    async fn more(&mut self) -> Result<bool, String> {
        let read = self.stream.read_buf(&mut self.unread).await;
        read.map(|count| count > 0)
            .map_err(|e| format!("reading: {e}"))
    }

    async fn exactly(&mut self, count: usize) -> Result<Vec<u8>, String> {
        while self.unread.len() < count {
            if !self.more().await? {
                return Err("the connection ended early".into());
            }
        }
        Ok(self.unread.drain(..count).collect())
    }

    /// Writes a request, each chunk of its body by itself.
    pub(crate) async fn write_request(&mut self, message: &Message) -> Result<(), String> {
        let head = request_head(message)?;
        // A peer that has answered need not read on: what it says counts.
        let _ = self
            .write_message(head, message, !message.ends_with_headers())
            .await;
        Ok(())
    }

    /// Writes a response. One without a body says so, unless its status does.
    pub(crate) async fn write_response(
        &mut self,
        message: &Message,
        bodiless: bool,
    ) -> Result<(), String> {
        let status = first(message, ":status").unwrap_or(b"200");
        let mut head = [b"HTTP/1.1 ", status, b" \r\n"].concat();
        if message.ends_with_headers() && !bodiless && first(message, "content-length").is_none() {
            head.extend_from_slice(b"content-length: 0\r\n");
        }
        self.write_message(head, message, !message.ends_with_headers() && !bodiless)
            .await
    }

    async fn write_message(
        &mut self,
        mut head: Vec<u8>,
        message: &Message,
        body: bool,
    ) -> Result<(), String> {
        let chunked = body && first(message, "content-length").is_none();
        for (name, value) in fields(message) {
            head.extend_from_slice(&[name.as_bytes(), b": ", value, b"\r\n"].concat());
        }
        if chunked {
            head.extend_from_slice(b"transfer-encoding: chunked\r\n");
        }
        head.extend_from_slice(b"\r\n");
        self.write(&head).await?;
        if body {
            self.write_body(message, chunked).await?;
        }
        Ok(())
    }

    /// Sends a request and reads its response.
    pub(crate) async fn exchange(&mut self, message: &Message) -> Result<Received, String> {
        self.write_request(message).await?;
        self.response(first(message, ":method").unwrap_or_default())
            .await
    }

    /// Reads a request; none where the peer has no more to ask.
    pub(crate) async fn request_head(&mut self) -> Result<Option<Head>, String> {
        self.head().await
    }

    pub(crate) async fn response(&mut self, method: &[u8]) -> Result<Received, String> {
        let mut interim = vec![];
        loop {
            let head = self
                .head()
                .await?
                .ok_or("no response: the connection ended")?;
            let status = head.status()?;
            if (100..200).contains(&status) && status != 101 {
                interim.push(status);
                continue;
            }
            let tunnel = status == 101 || (method == b"CONNECT" && status < 300);
            let empty = tunnel || method == b"HEAD" || status == 204 || status == 304;
            let (body, trailers) = match empty {
                true => Default::default(),
                false => self.read_body(&head, true).await?,
            };
            let headers = head.with_pseudo(&[(":status", status.to_string().as_bytes())]);
            return Ok(Received {
                headers,
                body,
                trailers,
                interim,
            });
        }
    }
}

impl Connection {
    /// Sends back whatever comes.
    pub(crate) async fn echo(&mut self) -> Result<(), String> {
        loop {
            let bytes = std::mem::take(&mut self.unread);
            self.write(&bytes).await?;
            if !self.more().await? {
                return Ok(());
            }
        }
    }
}

/// The request line and Host.
fn request_head(message: &Message) -> Result<Vec<u8>, String> {
    let part = |name| first(message, name).ok_or_else(|| format!("no {name} to send"));
    let (method, authority) = (part(":method")?, part(":authority")?);
    // RFC 9112, 3.2.3: CONNECT names the authority alone.
    let target = if method == b"CONNECT" {
        authority
    } else {
        part(":path")?
    };
    Ok([
        method,
        b" ",
        target,
        b" HTTP/1.1\r\nhost: ",
        authority,
        b"\r\n",
    ]
    .concat())
}
