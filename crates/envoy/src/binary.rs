//! The Envoy program.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{Error, Version};

/// An Envoy that runs here and is new enough.
#[derive(Debug, Clone)]
pub struct Binary {
    path: PathBuf,
    version: Version,
}

impl Binary {
    /// The one that was named, else the one in `$ENVOY`, else the one on PATH.
    pub fn find(named: Option<&Path>) -> Result<Self, Error> {
        let named = named.map(Path::to_path_buf).or_else(|| {
            env::var_os("ENVOY")
                .filter(|value| !value.is_empty())
                .map(PathBuf::from)
        });
        match named.or_else(on_path) {
            Some(path) => Self::at(&path),
            None => Err(Error::Absent),
        }
    }

    /// The program at `path`.
    pub fn at(path: &Path) -> Result<Self, Error> {
        let no_envoy = |why: String| Error::NoEnvoy {
            path: path.to_path_buf(),
            why,
        };
        let output = Command::new(path)
            .arg("--version")
            .output()
            .map_err(|e| no_envoy(e.to_string()))?;
        let said = String::from_utf8_lossy(&output.stdout);
        let Some(version) = Version::said(&said) else {
            return Err(no_envoy(format!("it says no version: {}", said.trim())));
        };
        if version < Version::OLDEST {
            return Err(Error::TooOld {
                path: path.to_path_buf(),
                version,
            });
        }
        Ok(Self {
            path: path.to_path_buf(),
            version,
        })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its version.
    pub fn version(&self) -> Version {
        self.version
    }
}

fn on_path() -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path)
        .map(|folder| folder.join("envoy"))
        .find(|file| file.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_run_is_named() {
        let error = Binary::at(Path::new("/no/such/envoy"))
            .unwrap_err()
            .to_string();
        assert!(
            error.starts_with("/no/such/envoy does not run as Envoy: No such file"),
            "{error}"
        );
        let error = Binary::at(Path::new("/bin/echo")).unwrap_err().to_string();
        assert!(
            error.contains("it says no version") || error.contains("is Envoy"),
            "{error}"
        );
    }
}
