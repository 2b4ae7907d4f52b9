//! What an image is made of.

use std::collections::BTreeMap;

use hachure_module::Module;
use oci_client::manifest::{OciDescriptor, OciImageManifest};
use serde_json::{Value, json};

use crate::{CATALOGUE, Error, SCHEMA, digest, layer};

/// The media type of an image's manifest.
pub(crate) const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
/// A compressed archive.
pub(crate) const LAYER: &str = "application/vnd.oci.image.layer.v1.tar+gzip";
/// The same, as Docker calls it.
pub(crate) const DOCKER_LAYER: &str = "application/vnd.docker.image.rootfs.diff.tar.gzip";
/// A module as it is.
pub(crate) const WASM: &str = "application/vnd.module.wasm.content.layer.v1+wasm";
/// What goes with that: the form wants two layers.
const WASM_CONFIG: &str = "application/vnd.module.wasm.config.v1+json";
const CONFIG: &str = "application/vnd.oci.image.config.v1+json";

/// The form of an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// One that any container runtime can unpack: a layer with the file `plugin.wasm`.
    Image,
    /// An artifact: the module is a layer, as it is.
    Artifact,
}

/// Bytes by their media type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blob {
    /// The media type.
    pub media_type: String,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// An image: its manifest, and what that names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// The manifest's bytes, of which the image's digest is made.
    pub manifest: Vec<u8>,
    /// The config, then the layers.
    pub blobs: Vec<Blob>,
}

impl Image {
    /// The image of a module. The same module gives the same bytes.
    ///
    /// # Errors
    /// It is no module.
    pub fn of(module: &[u8], form: Form) -> Result<Self, Error> {
        let read = Module::read(module).map_err(|why| Error::Wrong(why.to_string()))?;
        let (config, layers) = match form {
            Form::Image => image(module)?,
            Form::Artifact => artifact(module),
        };
        let manifest = OciImageManifest {
            media_type: Some(MANIFEST.to_owned()),
            config: descriptor(&config),
            layers: layers.iter().map(descriptor).collect(),
            annotations: Some(annotations(&read)),
            ..OciImageManifest::default()
        };
        let manifest = serde_json::to_vec(&manifest);
        Ok(Self {
            manifest: manifest.map_err(|why| Error::Wrong(why.to_string()))?,
            blobs: [vec![config], layers].concat(),
        })
    }

    /// `sha256:` and the digest by which it is pinned.
    pub fn digest(&self) -> String {
        digest(&self.manifest)
    }
}

fn image(module: &[u8]) -> Result<(Blob, Vec<Blob>), Error> {
    let (archive, compressed) = layer::pack(module)?;
    let config = json!({
        "architecture": "amd64",
        "os": "linux",
        "config": {},
        "rootfs": {"type": "layers", "diff_ids": [digest(&archive)]},
    });
    let layer = Blob::new(LAYER, compressed);
    Ok((Blob::new(CONFIG, config.to_string()), vec![layer]))
}

fn artifact(module: &[u8]) -> (Blob, Vec<Blob>) {
    let about = json!({"type": "envoy_proxy", "abiVersions": ["0.2.1"]});
    let layers = vec![
        Blob::new(WASM_CONFIG, about.to_string()),
        Blob::new(WASM, module),
    ];
    (Blob::new(CONFIG, "{}"), layers)
}

impl Blob {
    fn new(media_type: &str, bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            media_type: media_type.to_owned(),
            bytes: bytes.into(),
        }
    }
}

fn descriptor(blob: &Blob) -> OciDescriptor {
    OciDescriptor {
        media_type: blob.media_type.clone(),
        digest: digest(&blob.bytes),
        size: i64::try_from(blob.bytes.len()).unwrap_or(i64::MAX),
        ..OciDescriptor::default()
    }
}

/// What the module says of itself, for those who have not fetched it.
fn annotations(module: &Module) -> BTreeMap<String, String> {
    let mut annotations = BTreeMap::new();
    let mut put =
        |name: &str, text: &str| drop(annotations.insert(name.to_owned(), text.to_owned()));
    if let Some(schema) = &module.schema {
        put(SCHEMA, schema);
    }
    if let Some(catalogue) = &module.catalogue {
        put(CATALOGUE, catalogue);
        let entry: Value = serde_json::from_str(catalogue).unwrap_or_default();
        for (annotation, field) in [
            ("org.opencontainers.image.title", "name"),
            ("org.opencontainers.image.description", "summary"),
            ("org.opencontainers.image.version", "version"),
        ] {
            if let Some(text) = entry.get(field).and_then(Value::as_str) {
                put(annotation, text);
            }
        }
    }
    annotations
}
