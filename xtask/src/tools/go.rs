//! Programs that Go builds, each from a module of ours in `xtask/tools/go/<name>` that pins it and
//! all it needs: `go.mod` by version, `go.sum` by checksum.

mod files;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::command;
use crate::progress;
use crate::tools::cache::{Cache, key};

pub(crate) use files::GATEWAY_API;

const LIMIT: Duration = Duration::from_secs(60 * 60);

/// A program and the module that pins it.
pub(crate) struct Program {
    name: &'static str,
    package: &'static str,
    /// What building takes on two cores.
    time: &'static str,
    module: &'static str,
    sums: &'static str,
    /// Files of a module that go beside the program: the module, and their paths in it. Of a folder
    /// all that is in it.
    files: Option<(&'static str, &'static [&'static str])>,
}

/// Envoy's rate limit service, over Redis.
pub(crate) const RATELIMIT: Program = Program {
    name: "ratelimit",
    package: "github.com/envoyproxy/ratelimit/src/service_cmd",
    time: "90 s",
    module: include_str!("../../tools/go/ratelimit/go.mod"),
    sums: include_str!("../../tools/go/ratelimit/go.sum"),
    files: None,
};

/// Contour, with the definitions of its resources.
pub(crate) const CONTOUR: Program = Program {
    name: "contour",
    package: "github.com/projectcontour/contour/cmd/contour",
    time: "2 min",
    module: include_str!("../../tools/go/contour/go.mod"),
    sums: include_str!("../../tools/go/contour/go.sum"),
    files: Some((
        "github.com/projectcontour/contour",
        &[
            "examples/contour/01-crds.yaml",
            "examples/render/contour.yaml",
            "examples/render/contour-gateway-provisioner.yaml",
        ],
    )),
};

/// Envoy Gateway, with the definitions of its resources and of Gateway API's as it wants them.
pub(crate) const ENVOY_GATEWAY: Program = Program {
    name: "envoy-gateway",
    package: "github.com/envoyproxy/gateway/cmd/envoy-gateway",
    time: "4 min",
    module: include_str!("../../tools/go/envoy-gateway/go.mod"),
    sums: include_str!("../../tools/go/envoy-gateway/go.sum"),
    files: Some((
        "github.com/envoyproxy/gateway",
        &["charts/gateway-helm/charts/crds/crds"],
    )),
};

/// Kubernetes' API server.
pub(crate) const KUBE_APISERVER: Program = Program {
    name: "kube-apiserver",
    package: "k8s.io/kubernetes/cmd/kube-apiserver",
    time: "4 min",
    module: include_str!("../../tools/go/kubernetes/go.mod"),
    sums: include_str!("../../tools/go/kubernetes/go.sum"),
    files: None,
};

/// Kubernetes' command line.
pub(crate) const KUBECTL: Program = Program {
    name: "kubectl",
    package: "k8s.io/kubernetes/cmd/kubectl",
    time: "2 min",
    module: include_str!("../../tools/go/kubectl/go.mod"),
    sums: include_str!("../../tools/go/kubectl/go.sum"),
    files: None,
};

/// What the API server keeps its objects in. Built rather than Debian's, whose package starts a
/// service.
pub(crate) const ETCD: Program = Program {
    name: "etcd",
    package: "go.etcd.io/etcd/server/v3",
    time: "1 min",
    module: include_str!("../../tools/go/kubernetes/go.mod"),
    sums: include_str!("../../tools/go/kubernetes/go.sum"),
    files: None,
};

impl Program {
    /// The program, built into the cache where it is not there yet.
    pub(crate) fn program(&self, cache: &Cache) -> Result<PathBuf> {
        let name = format!("go-{}", self.name);
        let key = match self.files {
            None => key(&name, (self.module, self.sums)),
            Some(files) => key(&name, (self.module, self.sums, files)),
        };
        let folder = cache.folder(&key, |folder| {
            let what = format!(
                "building {} with Go (about {} on two cores)",
                self.name, self.time
            );
            progress::line(&what, || self.build(cache, folder))
        })?;
        Ok(folder.join(self.name))
    }

    fn build(&self, cache: &Cache, folder: &Path) -> Result<()> {
        if command::find("go").is_none() {
            bail!(
                "`go` is not on PATH, and {} is built with it: install Go 1.25 or newer (1.21 and \
                 newer fetch that by themselves)",
                self.name
            );
        }
        fs::write(folder.join("go.mod"), self.module)?;
        fs::write(folder.join("go.sum"), self.sums)?;
        let mut go = Command::new("go");
        go.args(["build", "-mod=readonly", "-trimpath", "-ldflags=-s -w"]);
        go.args(["-o", self.name, self.package]);
        // What the user has set for modules of their own is not for this one.
        go.env("GOWORK", "off")
            .env("GOFLAGS", "")
            .env("CGO_ENABLED", "0");
        let built = command::logged(go.current_dir(folder), &cache.log(self.name), LIMIT);
        built.with_context(|| format!("no {}: check the network", self.name))?;
        self.copy_files(folder)
    }

    fn copy_files(&self, folder: &Path) -> Result<()> {
        let Some((module, files)) = self.files else {
            return Ok(());
        };
        let mut list = Command::new("go");
        list.args(["list", "-mod=readonly", "-m", "-f", "{{.Dir}}", module]);
        list.env("GOWORK", "off").env("GOFLAGS", "");
        let sources = PathBuf::from(command::output(list.current_dir(folder))?);
        for file in files {
            let from = sources.join(file);
            let name = from.file_name().context("a file")?;
            copy(&from, &folder.join(name)).with_context(|| from.display().to_string())?;
        }
        Ok(())
    }
}

/// Copies a file, or a folder with all that is in it. What Go keeps of modules is read-only.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    if !from.is_dir() {
        return fs::copy(from, to).map(drop);
    }
    fs::create_dir(to)?;
    for entry in from.read_dir()? {
        let entry = entry?;
        copy(&entry.path(), &to.join(entry.file_name()))?;
    }
    Ok(())
}
