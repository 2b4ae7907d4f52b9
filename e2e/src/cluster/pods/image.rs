//! What stands for the images of containers.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// The files of an image, and what it runs where a container does not say.
#[derive(Debug, Clone, Default)]
pub struct Image {
    /// Files and folders of this machine, and where they stand in a container.
    pub files: Vec<(PathBuf, String)>,
    /// The image's entrypoint.
    pub entrypoint: Vec<String>,
}

impl Image {
    /// A program of this machine, under that name, with the libraries of this machine.
    pub fn program(name: &str, program: &Path) -> Self {
        let machine = ["/usr", "/lib", "/lib64"].iter();
        let machine = machine.filter(|folder| Path::new(folder).exists());
        let mut files: Vec<_> = machine.map(|at| (at.into(), (*at).into())).collect();
        files.push((program.into(), format!("/bin/{name}")));
        Self {
            files,
            entrypoint: vec![format!("/bin/{name}")],
        }
    }

    /// The same with a folder of this machine.
    #[must_use]
    pub fn with(mut self, folder: &Path, at: &str) -> Self {
        self.files.push((folder.into(), at.into()));
        self
    }
}

/// Images by their names without tag and digest. Clones are one.
#[derive(Debug, Clone, Default)]
pub struct Images(Arc<Mutex<BTreeMap<String, Image>>>);

impl Images {
    /// Lets a name stand for an image.
    pub fn set(&self, name: &str, image: Image) {
        let mut images = self.0.lock().expect("images");
        images.insert(name.to_owned(), image);
    }

    /// What a container's `image` stands for: the whole name, or that without its tag or digest.
    pub(super) fn get(&self, reference: &str) -> Option<Image> {
        let images = self.0.lock().expect("images");
        let found = images
            .get(reference)
            .or_else(|| images.get(repository(reference)));
        found.cloned()
    }
}

/// A reference without its tag and digest. A colon before the last slash is that of a port.
fn repository(reference: &str) -> &str {
    let name = reference
        .split_once('@')
        .map_or(reference, |(name, _)| name);
    match name.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => name,
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references() {
        for (reference, expected) in [
            ("contour", "contour"),
            (
                "ghcr.io/projectcontour/contour:v1.33.8",
                "ghcr.io/projectcontour/contour",
            ),
            ("registry.example.com:5000/a", "registry.example.com:5000/a"),
            (
                "registry.example.com:5000/a:1@sha256:00",
                "registry.example.com:5000/a",
            ),
        ] {
            assert_eq!(repository(reference), expected);
        }
    }
}
