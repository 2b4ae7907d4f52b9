//! A client that sends what a case says.

use std::net::SocketAddr;

use hachure_casefile::Message;
use hachure_envoy::Protocol;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::http1::Connection;
use crate::runtime::wait;
use crate::{Received, http2};

/// Where requests go, and how.
#[derive(Debug, Clone, Copy)]
pub struct Client {
    address: SocketAddr,
    protocol: Protocol,
    source: Option<SocketAddr>,
}

impl Client {
    /// A client of a listener.
    pub fn new(address: SocketAddr, protocol: Protocol) -> Self {
        Self {
            address,
            protocol,
            source: None,
        }
    }

    /// Says that it connects from there: the listener reads the PROXY protocol (version 1).
    pub fn from(mut self, source: SocketAddr) -> Self {
        self.source = Some(source);
        self
    }

    /// Sends a request on a connection of its own and waits for the response.
    pub fn send(&self, request: &Message) -> Result<Received, String> {
        wait(async {
            let mut stream = connect(self.address).await?;
            if let Some(source) = self.source {
                let line = proxy_line(source, self.address);
                stream
                    .write_all(line.as_bytes())
                    .await
                    .map_err(|e| e.to_string())?;
            }
            match self.protocol {
                Protocol::Http1 => Connection::new(stream).exchange(request).await,
                Protocol::Http2 => http2::exchange(stream, request).await,
            }
        })
    }
}

pub(crate) async fn connect(address: SocketAddr) -> Result<TcpStream, String> {
    TcpStream::connect(address)
        .await
        .map_err(|e| format!("{address}: {e}"))
}

fn proxy_line(source: SocketAddr, address: SocketAddr) -> String {
    let (family, host) = match source {
        SocketAddr::V4(_) => ("TCP4", "127.0.0.1"),
        SocketAddr::V6(_) => ("TCP6", "::1"),
    };
    format!(
        "PROXY {family} {} {host} {} {}\r\n",
        source.ip(),
        source.port(),
        address.port()
    )
}
