//! `manifests/`: what attaches the filters' examples on gateways, and the definition of
//! `ContourExtensionPolicy`.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::Output;

/// The folders that hold nothing else.
const FOLDERS: [&str; 2] = ["contour", "envoy-gateway"];

pub(super) fn generate(out: &mut Output<'_>) -> Result<()> {
    let rendered = printed(out, &["hachure-render", "--bin", "manifests"], &[])?;
    let files: BTreeMap<String, String> = serde_json::from_slice(&rendered)?;
    for folder in FOLDERS {
        for file in files_below(&out.repository.path(&format!("manifests/{folder}")))? {
            let root = out.repository.path("manifests");
            let name = file.strip_prefix(&root)?.to_string_lossy().into_owned();
            if !files.contains_key(&name) {
                out.remove(&format!("manifests/{name}"))?;
            }
        }
    }
    for (name, text) in &files {
        out.put(&format!("manifests/{name}"), text)?;
    }
    let definition = printed(
        out,
        &["hachure-contour-extension", "--bin", "contour-extension"],
        &["crd"],
    )?;
    let text = String::from_utf8(definition)?;
    out.put(
        "manifests/contour-extension/definition/definition.json",
        &text,
    )
}

/// What a program of this repository prints.
fn printed(out: &Output<'_>, package: &[&str], arguments: &[&str]) -> Result<Vec<u8>> {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["run", "--quiet", "--package"]).args(package);
    cargo.arg("--").args(arguments);
    cargo.current_dir(out.repository.path(""));
    cargo.stderr(std::process::Stdio::inherit());
    let printed = cargo.output().with_context(|| package.join(" "))?;
    ensure!(printed.status.success(), "{} failed", package.join(" "));
    Ok(printed.stdout)
}

fn files_below(folder: &std::path::Path) -> Result<Vec<PathBuf>> {
    let mut files = vec![];
    if !folder.is_dir() {
        return Ok(files);
    }
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        match path.is_dir() {
            true => files.extend(files_below(&path)?),
            false => files.push(path),
        }
    }
    Ok(files)
}
