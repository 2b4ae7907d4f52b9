//! Modules as OCI images: what they are made of, and how they get to a registry and from there.
//!
//! An image has one of two forms, both of which Envoy Gateway and Istio read: a layer that holds
//! the file `plugin.wasm` ([`Form::Image`]), or the module as it is ([`Form::Artifact`]). Its
//! manifest carries the module's schema and catalogue entry as annotations.
#![allow(
    clippy::disallowed_methods,
    reason = "a native process waits by the clock"
)]

mod credentials;
mod error;
mod image;
mod layer;
mod layout;
mod registry;

pub use credentials::{Credentials, credentials};
pub use error::Error;
pub use image::{Blob, Form, Image};
pub use layout::{read as read_layout, write as write_layout};
pub use oci_client::Reference;
pub use registry::{Pulled, Registry};

/// The annotation with the module's schema.
pub const SCHEMA: &str = "dev.hachure.schema";
/// The annotation with the module's catalogue entry.
pub const CATALOGUE: &str = "dev.hachure.catalog";

/// `sha256:` and the digest of some bytes.
pub fn digest(bytes: &[u8]) -> String {
    use sha2::Digest as _;
    let digest = sha2::Sha256::digest(bytes);
    let digits: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{digits}")
}
