//! Debian packages: installed where we are root, asked for in one line where we are not.

use std::os::unix::fs::MetadataExt;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Result, bail};

use crate::command;
use crate::progress;
use crate::tools::cache::Cache;

const LIMIT: Duration = Duration::from_secs(30 * 60);

/// Makes sure that all `packages` are installed, which are needed for `purpose`.
pub(crate) fn ensure(cache: &Cache, packages: &[&str], purpose: &str) -> Result<()> {
    let missing: Vec<&str> = packages
        .iter()
        .copied()
        .filter(|name| !installed(name))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let list = missing.join(" ");
    if command::find("apt-get").is_none() {
        bail!("{purpose} needs what Debian has in the packages {list}: install these");
    }
    if !is_root() {
        bail!("{purpose} needs Debian packages; run as root: apt-get install -y {list}");
    }
    progress::line(&format!("installing {list} for {purpose}"), || {
        install(cache, &missing)
    })
}

fn install(cache: &Cache, packages: &[&str]) -> Result<()> {
    let log = cache.log("apt-get");
    let mut install = apt_get(&["install", "-y", "--no-install-recommends"]);
    install.args(packages);
    if command::logged(&mut install, &log, LIMIT).is_ok() {
        return Ok(());
    }
    // The package lists may be missing or old.
    command::logged(&mut apt_get(&["update"]), &log, LIMIT)?;
    command::logged(&mut install, &log, LIMIT)
}

fn apt_get(arguments: &[&str]) -> Command {
    let mut command = Command::new("apt-get");
    command.env("DEBIAN_FRONTEND", "noninteractive");
    command
        .args(arguments)
        .args(["-q", "-o", "DPkg::Lock::Timeout=300"]);
    command
}

fn installed(package: &str) -> bool {
    let mut query = Command::new("dpkg-query");
    query
        .args(["--show", "--showformat=${db:Status-Status}", package])
        .stderr(Stdio::null());
    query
        .output()
        .is_ok_and(|answer| answer.stdout == b"installed")
}

/// Whether this process runs as root.
fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}
