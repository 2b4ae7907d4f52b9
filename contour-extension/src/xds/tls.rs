//! TLS with the certificates of `contour certgen`, both sides verified.
//!
//! The files are read anew for every connection, as Contour itself does: connections are few, and
//! so what was rotated is used from the next one on.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, Result};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::WebPkiClientVerifier;
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio::net::TcpStream;
use tokio_rustls::{TlsAcceptor, TlsConnector, client, server};

/// The name in the certificate of whoever serves Contour's xDS.
const SERVER: &str = "contour";
const HTTP2: &[u8] = b"h2";

/// Files with a certificate, its key, and the authority that its peers must come from; all PEM.
#[derive(Debug, Clone)]
pub struct Identity {
    /// The authority.
    pub authority: PathBuf,
    /// The certificate.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

impl Identity {
    /// Takes a connection of a client that shows a certificate of the authority.
    pub async fn accept(&self, stream: TcpStream) -> Result<server::TlsStream<TcpStream>> {
        let config = self.server().context("the server's certificate")?;
        let acceptor = TlsAcceptor::from(Arc::new(config));
        acceptor.accept(stream).await.context("a TLS handshake")
    }

    /// Makes a connection to a server that is called `contour`.
    pub async fn connect(&self, stream: TcpStream) -> Result<client::TlsStream<TcpStream>> {
        let config = self.client().context("the client's certificate")?;
        let connector = TlsConnector::from(Arc::new(config));
        let name = ServerName::try_from(SERVER)?;
        let connected = connector.connect(name, stream).await;
        connected.context("a TLS handshake with Contour")
    }

    /// Whether the files can be used.
    pub fn check(&self) -> Result<()> {
        self.server()?;
        self.client().map(drop)
    }

    fn server(&self) -> Result<ServerConfig> {
        let verifier = WebPkiClientVerifier::builder_with_provider(self.roots()?, provider());
        let builder = ServerConfig::builder_with_provider(provider());
        let builder = builder.with_safe_default_protocol_versions()?;
        let builder = builder.with_client_cert_verifier(verifier.build()?);
        let mut config = builder.with_single_cert(self.certificates()?, self.key()?)?;
        config.alpn_protocols = vec![HTTP2.to_vec()];
        Ok(config)
    }

    fn client(&self) -> Result<ClientConfig> {
        let builder = ClientConfig::builder_with_provider(provider());
        let builder = builder.with_safe_default_protocol_versions()?;
        let builder = builder.with_root_certificates(self.roots()?);
        let mut config = builder.with_client_auth_cert(self.certificates()?, self.key()?)?;
        config.alpn_protocols = vec![HTTP2.to_vec()];
        Ok(config)
    }

    fn roots(&self) -> Result<Arc<RootCertStore>> {
        let mut roots = RootCertStore::empty();
        for certificate in certificates(&self.authority)? {
            roots.add(certificate)?;
        }
        Ok(Arc::new(roots))
    }

    fn certificates(&self) -> Result<Vec<CertificateDer<'static>>> {
        certificates(&self.certificate)
    }

    fn key(&self) -> Result<PrivateKeyDer<'static>> {
        PrivateKeyDer::from_pem_file(&self.key).with_context(|| self.key.display().to_string())
    }
}

fn certificates(file: &PathBuf) -> Result<Vec<CertificateDer<'static>>> {
    let read = CertificateDer::pem_file_iter(file).and_then(Iterator::collect);
    read.with_context(|| file.display().to_string())
}

fn provider() -> Arc<rustls::crypto::CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}
