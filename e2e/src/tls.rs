//! HTTP/1.1 over TLS, for requests without a body.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::services::Authority;

const LIMIT: Duration = Duration::from_secs(20);

/// A connection to a server whose certificate is of that authority, and that is called so.
pub struct TlsConnection {
    stream: StreamOwned<ClientConnection, TcpStream>,
    host: String,
}

/// A response: its status, its head, its body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsResponse {
    /// The status.
    pub status: u16,
    /// The status line and the headers, names in lower case.
    pub head: String,
    /// The body.
    pub body: String,
}

impl TlsConnection {
    /// Connects.
    pub fn open(address: SocketAddr, host: &str, authority: &Authority) -> Result<Self, String> {
        let mut roots = RootCertStore::empty();
        let root = CertificateDer::from_pem_slice(authority.pem().as_bytes());
        roots.add(root.expect("a certificate")).expect("a root");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider);
        let config = config
            .with_safe_default_protocol_versions()
            .expect("versions");
        let config = config.with_root_certificates(roots).with_no_client_auth();
        let name = ServerName::try_from(host.to_owned()).expect("a name");
        let connection = ClientConnection::new(Arc::new(config), name).map_err(text)?;
        let stream = TcpStream::connect(address).map_err(text)?;
        stream.set_read_timeout(Some(LIMIT)).map_err(text)?;
        Ok(Self {
            stream: StreamOwned::new(connection, stream),
            host: host.to_owned(),
        })
    }

    /// `GET /`.
    pub fn get(&mut self) -> Result<TlsResponse, String> {
        let request = format!("GET / HTTP/1.1\r\nhost: {}\r\n\r\n", self.host);
        self.stream.write_all(request.as_bytes()).map_err(text)?;
        let mut read = String::new();
        while !read.contains("\r\n\r\n") {
            read.push(self.byte()?);
        }
        let head = read.to_lowercase();
        let length = head.split("content-length: ").nth(1);
        let length = length.and_then(|rest| rest.split("\r\n").next());
        let length = length.map_or(0, |length| length.parse().expect("a length"));
        let mut body = String::new();
        while body.len() < length {
            body.push(self.byte()?);
        }
        let status = head.split(' ').nth(1).expect("a status");
        let status = status.parse().expect("a number");
        Ok(TlsResponse { status, head, body })
    }

    fn byte(&mut self) -> Result<char, String> {
        let mut byte = [0];
        self.stream.read_exact(&mut byte).map_err(text)?;
        Ok(char::from(byte[0]))
    }
}

fn text(error: impl ToString) -> String {
    error.to_string()
}
