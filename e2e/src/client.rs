//! A client that sends what a case says.

use std::net::SocketAddr;

use hachure_casefile::Message;
use hachure_envoy::Protocol;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::http1::Connection;
use crate::message::first;
use crate::runtime::wait;
use crate::{PriorKnowledge, Received};

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
            let mut stream = TcpStream::connect(self.address)
                .await
                .map_err(|e| e.to_string())?;
            if let Some(source) = self.source {
                let line = proxy_line(source, self.address);
                stream
                    .write_all(line.as_bytes())
                    .await
                    .map_err(|e| e.to_string())?;
            }
            match self.protocol {
                Protocol::Http1 => {
                    let mut connection = Connection::new(stream);
                    let sent = connection.write_request(request).await;
                    // A peer that has answered need not read on: its answer counts.
                    let method = first(request, ":method").unwrap_or_default();
                    connection.response(method).await.map_err(|e| match sent {
                        Err(why) => why,
                        Ok(()) => e,
                    })
                }
                Protocol::Http2 => PriorKnowledge::new(stream).await?.exchange(request).await,
            }
        })
    }
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
