//! HTTP/1.1 over TLS, for requests without a body.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::services::{Authority, Identity};

const LIMIT: Duration = Duration::from_secs(20);

/// A connection to a server whose certificate is of that authority, and that is called so.
pub struct TlsConnection {
    stream: StreamOwned<ClientConnection, TcpStream>,
    host: String,
}

/// Whether a server of that authority and name takes a client with that certificate: it begins to
/// speak HTTP/2, as it does only behind a handshake that is right on both sides.
pub fn greet(
    address: SocketAddr,
    name: &str,
    authority: &str,
    identity: &Identity,
) -> Result<(), String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider);
    let config = config
        .with_safe_default_protocol_versions()
        .expect("versions");
    let certificate = CertificateDer::from_pem_slice(identity.certificate.as_bytes());
    let key = PrivateKeyDer::from_pem_slice(identity.key.as_bytes());
    let config = config
        .with_root_certificates(roots(authority))
        .with_client_auth_cert(vec![certificate.map_err(text)?], key.map_err(text)?);
    let mut config = config.map_err(text)?;
    config.alpn_protocols = vec![b"h2".to_vec()];
    let name = ServerName::try_from(name.to_owned()).expect("a name");
    let connection = ClientConnection::new(Arc::new(config), name).map_err(text)?;
    let stream = TcpStream::connect(address).map_err(text)?;
    stream.set_read_timeout(Some(LIMIT)).map_err(text)?;
    let mut stream = StreamOwned::new(connection, stream);
    stream
        .write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0")
        .map_err(text)?;
    // The head of its first frame.
    stream.read_exact(&mut [0; 9]).map_err(text)
}

fn roots(authority: &str) -> RootCertStore {
    let mut roots = RootCertStore::empty();
    let root = CertificateDer::from_pem_slice(authority.as_bytes());
    roots.add(root.expect("a certificate")).expect("a root");
    roots
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
        Self::connect(address, host, authority, true)
    }

    /// Connects without saying whom it wants to reach (no server name indication).
    pub fn open_nameless(
        address: SocketAddr,
        host: &str,
        authority: &Authority,
    ) -> Result<Self, String> {
        Self::connect(address, host, authority, false)
    }

    fn connect(
        address: SocketAddr,
        host: &str,
        authority: &Authority,
        named: bool,
    ) -> Result<Self, String> {
        let roots = roots(&authority.pem());
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider);
        let config = config
            .with_safe_default_protocol_versions()
            .expect("versions");
        let mut config = config.with_root_certificates(roots).with_no_client_auth();
        config.enable_sni = named;
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
