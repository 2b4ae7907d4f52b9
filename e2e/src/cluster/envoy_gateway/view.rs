//! A program that sees this machine's files with some laid over them, as a container does.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// In a mount namespace of its own: a root with everything that is in this one's, and over that
/// what `$@` pairs up to `--`. What follows is run there. The machine itself is not changed, and
/// where the program ends, the root is gone.
const SCRIPT: &str = r#"
set -e
root=$1
shift
mount -t tmpfs view "$root"
for at in /*; do
  if [ -L "$at" ]; then
    cp -P "$at" "$root$at"
  elif [ -d "$at" ]; then
    mkdir "$root$at"
    mount --rbind "$at" "$root$at"
  fi
done
while [ "$1" != -- ]; do
  if [ -d "$1" ]; then
    mkdir -p "$root$2"
  fi
  mount --bind "$1" "$root$2"
  shift 2
done
shift
exec chroot "$root" "$@"
"#;

/// What is laid over.
pub(super) struct View {
    root: PathBuf,
    pairs: Vec<OsString>,
}

impl View {
    /// A view whose root is made in that folder, under that name.
    pub(super) fn new(folder: &Path, name: &str) -> Self {
        let root = folder.join(name);
        fs::create_dir(&root).expect("a root");
        Self {
            root,
            pairs: vec![],
        }
    }

    /// Lays a file or a folder of this machine over what is at `at`. A folder may be new there,
    /// where it stands in the root.
    pub(super) fn lay(&mut self, file: &Path, at: &str) {
        self.pairs.extend([file.into(), at.into()]);
    }

    /// That program, which is the process itself once it runs.
    pub(super) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new("unshare");
        command.args(["--mount", "--propagation", "private", "sh", "-c", SCRIPT]);
        command.arg("view").arg(&self.root).args(&self.pairs);
        command.arg("--").arg(program);
        command
    }
}
