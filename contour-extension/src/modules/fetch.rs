//! One try to get a module from where it is.

use std::time::Duration;

use futures::StreamExt;
use hachure_oci::{Credentials, Error, Reference, Registry, credentials};
use kube::Client;
use reqwest::Url;
use reqwest::redirect;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use sha2::{Digest, Sha256};

use crate::attachment::hex;
use crate::modules::source::Place;
use crate::modules::{AllowedCode, Source, Trouble, objects};

/// How long a try may take.
const LIMIT: Duration = Duration::from_secs(30);
const CONNECT: Duration = Duration::from_secs(5);
/// The largest module that is taken, in bytes.
pub(super) const LARGEST: u64 = 32 * 1024 * 1024;
const REDIRECTIONS: usize = 5;

/// How modules are fetched.
#[derive(Clone)]
pub(super) struct Fetcher {
    pub(super) client: Client,
    pub(super) allowed: AllowedCode,
}

impl Fetcher {
    /// The bytes that a source gives, which are what its `sha256` says.
    pub(super) async fn fetch(&self, source: &Source) -> Result<Vec<u8>, Trouble> {
        let fetched = tokio::time::timeout(LIMIT, self.one_try(source)).await;
        let late = || {
            let why = format!("{} has not given it in {LIMIT:?}", source.shown());
            Trouble::passing("FetchFailed", why)
        };
        fetched.unwrap_or_else(|_| Err(late()))
    }

    async fn one_try(&self, source: &Source) -> Result<Vec<u8>, Trouble> {
        let (client, namespace) = (&self.client, &source.namespace);
        let authority = match &source.authority {
            Some(authority) => Some(objects::authority(client, namespace, authority).await?),
            None => None,
        };
        match &source.place {
            Place::Http { url } => {
                let bytes = self.http(url, authority.as_deref()).await?;
                let digest = hex(&Sha256::digest(&bytes));
                match source.sha256.as_ref().filter(|wanted| **wanted != digest) {
                    Some(wanted) => Err(mismatch(&format!(
                        "{url} has the digest {digest}: expected {wanted}"
                    ))),
                    None => Ok(bytes),
                }
            }
            Place::Image { url, secret } => {
                let config = match secret {
                    Some(name) => Some(objects::pull_secret(client, namespace, name).await?),
                    None => None,
                };
                let pinned = source.sha256.as_deref();
                image(url, pinned, authority.as_deref(), config.as_deref()).await
            }
        }
    }

    async fn http(&self, url: &str, authority: Option<&[u8]>) -> Result<Vec<u8>, Trouble> {
        let failed = |why: &dyn std::error::Error| {
            Trouble::passing("FetchFailed", format!("{url}: {}", with_causes(why)))
        };
        let client = self.web(authority)?;
        let answer = client.get(url).send().await;
        let answer = answer.map_err(|why| failed(&why.without_url()))?;
        if !answer.status().is_success() {
            let why = format!("{url} answers {}", answer.status());
            return Err(Trouble::passing("FetchFailed", why));
        }
        let mut parts = answer.bytes_stream();
        let mut bytes = vec![];
        while let Some(part) = parts.next().await {
            let part = part.map_err(|why| failed(&why.without_url()))?;
            let length = bytes.len().saturating_add(part.len());
            if u64::try_from(length).map_or(true, |length| length > LARGEST) {
                let why = format!("{url} has more than {LARGEST} bytes");
                return Err(Trouble::refused("InvalidModule", why));
            }
            bytes.extend_from_slice(&part);
        }
        Ok(bytes)
    }

    /// A client that is sent on only to where modules may come from, and never from TLS to none.
    fn web(&self, authority: Option<&[u8]>) -> Result<reqwest::Client, Trouble> {
        // Another one may have been chosen: then that is used.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let allowed = self.allowed.clone();
        let policy = redirect::Policy::custom(move |attempt| {
            let from: Option<&Url> = attempt.previous().last();
            let kept = from.is_some_and(|from| from.scheme() == attempt.url().scheme());
            let few = attempt.previous().len() <= REDIRECTIONS;
            match kept && few && allowed.url(attempt.url()) {
                true => attempt.follow(),
                false => attempt.error("it is sent on to where modules may not come from"),
            }
        });
        let builder = reqwest::Client::builder()
            .redirect(policy)
            .connect_timeout(CONNECT)
            .user_agent(concat!("hachure/", env!("CARGO_PKG_VERSION")));
        let builder = match authority {
            None => builder,
            Some(pem) => builder.tls_certs_only(certificates(pem)?),
        };
        let client = builder.build();
        client.map_err(|why| Trouble::passing("FetchFailed", with_causes(&why)))
    }
}

async fn image(
    url: &str,
    pinned: Option<&str>,
    authority: Option<&[u8]>,
    config: Option<&[u8]>,
) -> Result<Vec<u8>, Trouble> {
    let told = |why: Error| {
        let message = format!("{url}: {why}");
        match why {
            Error::Wrong(_) => mismatch(&message),
            Error::Access(_) | Error::File(..) => Trouble::passing("InvalidRef", message),
            Error::Registry(_) => Trouble::passing("FetchFailed", message),
        }
    };
    let reference: Result<Reference, _> = url.parse();
    let reference = reference.map_err(|why| Trouble::refused("InvalidCode", why.to_string()))?;
    let shown = match config {
        Some(config) => credentials(config, reference.registry()).map_err(told)?,
        None => Credentials::NONE,
    };
    let registry = Registry::new(authority).map_err(told)?;
    let pulled = registry.pull(&reference, pinned, &shown, LARGEST).await;
    Ok(pulled.map_err(told)?.module)
}

fn mismatch(why: &str) -> Trouble {
    Trouble::refused("WrongModule", why)
}

fn certificates(pem: &[u8]) -> Result<Vec<reqwest::Certificate>, Trouble> {
    let wrong = |why: String| Trouble::passing("InvalidRef", format!("the authority: {why}"));
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    let read = read.map_err(|why| wrong(why.to_string()))?;
    if read.is_empty() {
        return Err(wrong("it has no certificate in PEM".to_owned()));
    }
    let certificates = read.iter().map(|der| reqwest::Certificate::from_der(der));
    let certificates: Result<Vec<_>, reqwest::Error> = certificates.collect();
    certificates.map_err(|why| wrong(why.to_string()))
}

/// An error and its causes on one line, each said once.
fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(now) = cause {
        let next = now.to_string();
        if !text.contains(&next) {
            text = format!("{text}: {next}");
        }
        cause = now.source();
    }
    text.replace(['\n', '\r'], " ")
}
