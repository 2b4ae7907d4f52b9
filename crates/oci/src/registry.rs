//! A client of registries, over TLS alone.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use http::HeaderValue;
use oci_client::client::{Certificate, CertificateEncoding, ClientConfig};
use oci_client::manifest::{OciDescriptor, OciImageManifest};
use oci_client::{Client, Reference, RegistryOperation};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::image::{DOCKER_LAYER, LAYER, MANIFEST, WASM};
use crate::layer::{too_large, unpack};
use crate::{Credentials, Error, Image, digest};

const CONNECT: Duration = Duration::from_secs(5);
const READ: Duration = Duration::from_secs(20);

/// A module that a registry gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pulled {
    /// Its bytes.
    pub module: Vec<u8>,
    /// `sha256:` and the digest of the image's manifest.
    pub digest: String,
}

/// How registries are spoken to.
#[derive(Clone)]
pub struct Registry(Arc<Client>);

impl Registry {
    /// A client that trusts `authority` (PEM, of which there may be several) and no others, or
    /// those of the system where none is given.
    ///
    /// # Errors
    /// The certificates cannot be read.
    pub fn new(authority: Option<&[u8]>) -> Result<Self, Error> {
        // Another one may have been chosen: then that is used.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let config = ClientConfig {
            tls_certs_only: authority.map(certificates).transpose()?.unwrap_or_default(),
            connect_timeout: Some(CONNECT),
            read_timeout: Some(READ),
            user_agent: concat!("hachure/", env!("CARGO_PKG_VERSION")),
            ..ClientConfig::default()
        };
        let client = Client::try_from(config);
        let client = client.map_err(|why| Error::of_client(&why))?;
        Ok(Self(Arc::new(client)))
    }

    /// The module of an image. With `pinned`, 64 hexadecimal digits, it is the image of that
    /// digest, whatever the tag is on now.
    ///
    /// # Errors
    /// It is not to be had, is another one, or holds no module of at most `limit` bytes.
    pub async fn pull(
        &self,
        image: &Reference,
        pinned: Option<&str>,
        credentials: &Credentials,
        limit: u64,
    ) -> Result<Pulled, Error> {
        let image = match pinned {
            Some(digits) => pin(image, &format!("sha256:{digits}"))?,
            None => image.clone(),
        };
        let of_client = |why| Error::of_client(&why);
        let pulled = self.0.pull_image_manifest(&image, &credentials.0).await;
        let (manifest, digest) = pulled.map_err(of_client)?;
        let (layer, packed) = chosen(&manifest)?;
        if u64::try_from(layer.size).map_or(true, |size| size > limit) {
            return Err(too_large(limit));
        }
        let bytes = self.blob(&image, layer, limit).await?;
        let module = if packed {
            unpack(&bytes, limit)?
        } else {
            bytes
        };
        Ok(Pulled { module, digest })
    }

    /// Its digest is checked by the client while it comes.
    async fn blob(
        &self,
        image: &Reference,
        layer: &OciDescriptor,
        limit: u64,
    ) -> Result<Vec<u8>, Error> {
        let stream = self.0.pull_blob_stream(image, layer).await;
        let mut stream = stream.map_err(|why| Error::of_client(&why))?.stream;
        let mut bytes = vec![];
        while let Some(part) = stream.next().await {
            let part = part.map_err(|why| Error::Registry(format!("the layer: {why}")))?;
            let length = bytes.len().saturating_add(part.len());
            if u64::try_from(length).map_or(true, |length| length > limit) {
                return Err(too_large(limit));
            }
            bytes.extend_from_slice(&part);
        }
        match digest(&bytes) == layer.digest {
            true => Ok(bytes),
            false => Err(Error::Wrong(
                "the layer has another digest than the manifest says".into(),
            )),
        }
    }

    /// Puts an image there, and its name on it.
    ///
    /// # Errors
    /// The registry does not take it.
    pub async fn push(
        &self,
        image: &Image,
        name: &Reference,
        credentials: &Credentials,
    ) -> Result<(), Error> {
        let of_client = |why| Error::of_client(&why);
        let operation = RegistryOperation::Push;
        let signed_in = self.0.auth(name, &credentials.0, operation).await;
        signed_in.map_err(of_client)?;
        for blob in &image.blobs {
            let digest = digest(&blob.bytes);
            let there = self.0.blob_exists(name, &digest).await;
            if !there.unwrap_or_default() {
                let pushed = self.0.push_blob(name, blob.bytes.clone(), &digest).await;
                pushed.map_err(of_client)?;
            }
        }
        let manifest = image.manifest.clone();
        let content_type = HeaderValue::from_static(MANIFEST);
        let pushed = self.0.push_manifest_raw(name, manifest, content_type).await;
        pushed.map(drop).map_err(of_client)
    }
}

fn pin(image: &Reference, digest: &str) -> Result<Reference, Error> {
    if let Some(other) = image.digest().filter(|other| *other != digest) {
        let why = format!("the URL names {other}, and sha256 is {digest}");
        return Err(Error::Wrong(why));
    }
    let (registry, repository) = (image.registry(), image.repository());
    Ok(Reference::with_digest(
        registry.to_owned(),
        repository.to_owned(),
        digest.to_owned(),
    ))
}

/// The layer with the module, and whether it is an archive: as Envoy Gateway chooses it.
fn chosen(manifest: &OciImageManifest) -> Result<(&OciDescriptor, bool), Error> {
    let last = manifest.layers.last();
    let packed = last.filter(|layer| [LAYER, DOCKER_LAYER].contains(&layer.media_type.as_str()));
    if let Some(layer) = packed {
        return Ok((layer, true));
    }
    let module = manifest
        .layers
        .iter()
        .find(|layer| layer.media_type == WASM);
    let module = module.map(|layer| (layer, false));
    module.ok_or_else(|| {
        let kinds = manifest
            .layers
            .iter()
            .map(|layer| layer.media_type.as_str());
        let kinds = kinds.collect::<Vec<_>>().join(", ");
        Error::Wrong(format!(
            "the image has no layer with a module: it has [{kinds}]"
        ))
    })
}

fn certificates(pem: &[u8]) -> Result<Vec<Certificate>, Error> {
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    let read = read.map_err(|why| Error::Access(format!("the authority's certificate: {why}")))?;
    if read.is_empty() {
        return Err(Error::Access(
            "the authority has no certificate in PEM".to_owned(),
        ));
    }
    let certificates = read.into_iter().map(|certificate| Certificate {
        encoding: CertificateEncoding::Der,
        data: certificate.to_vec(),
    });
    Ok(certificates.collect())
}
