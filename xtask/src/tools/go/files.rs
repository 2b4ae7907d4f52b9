//! Files of Go modules that nothing is built of.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::command;
use crate::tools::cache::{Cache, key};

/// A folder of a module, in the version that another module of ours pins.
pub(crate) struct Files {
    name: &'static str,
    of: &'static str,
    folder: &'static str,
    module: &'static str,
    sums: &'static str,
}

/// The definitions of Gateway API's resources in the version that Contour is built with.
pub(crate) const GATEWAY_API: Files = Files {
    name: "gateway-api",
    of: "sigs.k8s.io/gateway-api",
    folder: "config/crd/experimental",
    module: include_str!("../../../tools/go/contour/go.mod"),
    sums: include_str!("../../../tools/go/contour/go.sum"),
};

impl Files {
    /// The folder, copied into the cache where it is not there yet.
    pub(crate) fn folder(&self, cache: &Cache) -> Result<PathBuf> {
        let key = key(
            &format!("go-{}", self.name),
            (self.folder, self.module, self.sums),
        );
        cache.folder(&key, |folder| {
            fs::write(folder.join("go.mod"), self.module)?;
            fs::write(folder.join("go.sum"), self.sums)?;
            let go = |arguments: &[&str]| {
                let mut go = Command::new("go");
                go.args(arguments).env("GOWORK", "off").env("GOFLAGS", "");
                command::output(go.current_dir(folder))
            };
            go(&["mod", "download", self.of])
                .with_context(|| format!("no {}: check the network", self.of))?;
            let list = ["list", "-mod=readonly", "-m", "-f", "{{.Dir}}", self.of];
            let from = PathBuf::from(go(&list)?).join(self.folder);
            for file in fs::read_dir(&from).with_context(|| from.display().to_string())? {
                let file = file?.path();
                let name = file.file_name().context("a file")?;
                fs::copy(&file, folder.join(name)).with_context(|| file.display().to_string())?;
            }
            Ok(())
        })
    }
}
