//! A folder whose files change as those of a mounted Secret do: all at once.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

/// Each file is a link through `..data`, which is replaced by renaming another link over it, as the
/// kubelet does it: who watches the folder sees a move, and nobody reads one half of a pair.
pub(super) struct Volume {
    folder: PathBuf,
    version: u32,
}

impl Volume {
    /// An empty one.
    pub(super) fn new(folder: PathBuf) -> Self {
        fs::create_dir(&folder).expect("a folder");
        Self { folder, version: 0 }
    }

    /// Where it is mounted.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Copies the files that are there now.
    pub(super) fn copy(&self, into: &Path) {
        for file in fs::read_dir(self.folder.join("..data"))
            .expect("files")
            .flatten()
        {
            fs::copy(file.path(), into.join(file.file_name())).expect("a copy");
        }
    }

    /// Replaces all files by those of another folder, which have the same names each time.
    pub(super) fn publish(&mut self, files: &Path) {
        self.version += 1;
        let name = format!("..version-{}", self.version);
        let version = self.folder.join(&name);
        fs::create_dir(&version).expect("a version");
        for file in fs::read_dir(files).expect("files").flatten() {
            let target = version.join(file.file_name());
            fs::copy(file.path(), target).expect("a copy");
            let link = self.folder.join(file.file_name());
            if !link.is_symlink() {
                symlink(Path::new("..data").join(file.file_name()), link).expect("a link");
            }
        }
        let next = self.folder.join("..data-next");
        symlink(&name, &next).expect("a link");
        fs::rename(next, self.folder.join("..data")).expect("a move");
    }
}
