//! An image in a folder, as the OCI image layout has it.

use std::fs;
use std::path::Path;

use oci_client::manifest::OciImageManifest;
use serde_json::{Value, json};

use crate::image::MANIFEST;
use crate::{Blob, Error, Image, digest};

/// Writes an image into a folder, which is made. The folder then holds this image alone.
///
/// # Errors
/// A file cannot be written.
pub fn write(image: &Image, folder: &Path) -> Result<(), Error> {
    let blobs = folder.join("blobs/sha256");
    fs::create_dir_all(&blobs).map_err(|why| file(&blobs, why))?;
    let contents = image.blobs.iter().map(|blob| &blob.bytes);
    for bytes in contents.chain([&image.manifest]) {
        put(&blobs.join(digits(&digest(bytes))), bytes)?;
    }
    put(
        &folder.join("oci-layout"),
        br#"{"imageLayoutVersion":"1.0.0"}"#,
    )?;
    let manifest = json!({
        "mediaType": MANIFEST,
        "digest": image.digest(),
        "size": image.manifest.len(),
    });
    let index = json!({"schemaVersion": 2, "manifests": [manifest]});
    put(&folder.join("index.json"), index.to_string().as_bytes())
}

/// Reads the one image of a folder. What its manifest names is there and is what it says.
///
/// # Errors
/// A file cannot be read, or holds something else than its name says.
pub fn read(folder: &Path) -> Result<Image, Error> {
    let path = folder.join("index.json");
    let index: Value = json(&path, &get(&path)?)?;
    let manifests = index.get("manifests").and_then(Value::as_array);
    let [manifest] = manifests.map(Vec::as_slice).unwrap_or_default() else {
        return Err(wrong(&path, "it does not name just one image"));
    };
    let named = manifest.get("digest").and_then(Value::as_str);
    let manifest = blob(folder, named.unwrap_or_default())?;
    let parsed: OciImageManifest = json(&path, &manifest)?;
    let blobs = [&parsed.config].into_iter().chain(&parsed.layers);
    let blobs = blobs.map(|named| {
        Ok(Blob {
            media_type: named.media_type.clone(),
            bytes: blob(folder, &named.digest)?,
        })
    });
    Ok(Image {
        blobs: blobs.collect::<Result<_, Error>>()?,
        manifest,
    })
}

fn blob(folder: &Path, named: &str) -> Result<Vec<u8>, Error> {
    let name = digits(named);
    let digest_like = name.len() == 64 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !digest_like {
        return Err(wrong(folder, &format!("`{named}` is no digest by SHA-256")));
    }
    let path = folder.join("blobs/sha256").join(name);
    let bytes = get(&path)?;
    match digest(&bytes) == named {
        true => Ok(bytes),
        false => Err(wrong(&path, "it has another content than its name says")),
    }
}

fn digits(digest: &str) -> &str {
    digest.strip_prefix("sha256:").unwrap_or_default()
}

fn json<T: serde::de::DeserializeOwned>(path: &Path, bytes: &[u8]) -> Result<T, Error> {
    serde_json::from_slice(bytes).map_err(|why| wrong(path, &why.to_string()))
}

fn get(path: &Path) -> Result<Vec<u8>, Error> {
    fs::read(path).map_err(|why| file(path, why))
}

fn put(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    fs::write(path, bytes).map_err(|why| file(path, why))
}

fn file(path: &Path, why: std::io::Error) -> Error {
    Error::File(path.display().to_string(), why)
}

fn wrong(path: &Path, why: &str) -> Error {
    Error::Wrong(format!("{}: {why}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Form;

    const MODULE: &[u8] = b"\0asm\x01\0\0\0";

    #[test]
    fn what_was_written_is_read_again() {
        for form in [Form::Image, Form::Artifact] {
            let image = Image::of(MODULE, form).unwrap();
            let folder = tempfile::tempdir().unwrap();
            write(&image, folder.path()).unwrap();
            assert_eq!(read(folder.path()).unwrap(), image);
            // As do those who read it otherwise.
            assert_eq!(Image::of(MODULE, form).unwrap().digest(), image.digest());
        }
    }

    #[test]
    fn another_content_is_refused() {
        let image = Image::of(MODULE, Form::Artifact).unwrap();
        let folder = tempfile::tempdir().unwrap();
        write(&image, folder.path()).unwrap();
        let module = digest(MODULE);
        let path = folder.path().join("blobs/sha256").join(digits(&module));
        fs::write(&path, b"other").unwrap();
        let why = read(folder.path()).unwrap_err().to_string();
        assert!(why.ends_with("another content than its name says"), "{why}");
        fs::write(folder.path().join("index.json"), "{\"manifests\": []}").unwrap();
        assert!(read(folder.path()).is_err());
        let escape = json!({"manifests": [{"digest": "sha256:../../oci-layout"}]});
        fs::write(folder.path().join("index.json"), escape.to_string()).unwrap();
        let why = read(folder.path()).unwrap_err().to_string();
        assert!(why.contains("is no digest"), "{why}");
    }
}
