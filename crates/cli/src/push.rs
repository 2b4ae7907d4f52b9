//! `hachure push`: an OCI image to a registry.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use hachure_oci::{Credentials, Reference, Registry, credentials, read_layout};

use crate::output;

/// Upload an OCI image that `hachure package` made
///
/// The registry is spoken to over TLS alone. Credentials are those of Docker's `config.json`, as
/// `docker login` writes them without a credential helper; a registry that it does not name is asked
/// without any.
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  hachure push cors.image registry.example.com/filters/cors:0.1.0
  # then, in a policy:
  # code: {type: Image, image: {url: registry.example.com/filters/cors:0.1.0, sha256: ...}}")]
pub(crate) struct Options {
    /// The folder of the image
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,
    /// Where it goes: registry/repository:tag
    #[arg(value_name = "NAME")]
    name: Reference,
    /// The authority of the registry's certificate, PEM; by default those of the system
    #[arg(long, value_name = "FILE")]
    authority: Option<PathBuf>,
    /// Docker's config; by default that in $DOCKER_CONFIG, or in ~/.docker
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// Uploads the image and prints the name by which it is pinned.
pub(crate) fn run(options: &Options) -> Result<bool> {
    let image = read_layout(&options.folder)?;
    let authority = options.authority.as_deref().map(read).transpose()?;
    let registry = Registry::new(authority.as_deref())?;
    let shown = shown(options)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let pushed = runtime.block_on(registry.push(&image, &options.name, &shown));
    pushed.with_context(|| options.name.to_string())?;
    let (name, repository) = (options.name.registry(), options.name.repository());
    output::print(&format!("{name}/{repository}@{}\n", image.digest()))?;
    Ok(true)
}

/// A config that is named must be there; Docker's own need not.
fn shown(options: &Options) -> Result<Credentials> {
    let config = match &options.config {
        Some(file) => read(file)?,
        None => match usual().filter(|file| file.is_file()) {
            Some(file) => read(&file)?,
            None => return Ok(Credentials::NONE),
        },
    };
    Ok(credentials(&config, options.name.registry())?)
}

fn usual() -> Option<PathBuf> {
    let named = std::env::var_os("DOCKER_CONFIG").map(PathBuf::from);
    let home = std::env::var_os("HOME").map(|home| Path::new(&home).join(".docker"));
    named.or(home).map(|folder| folder.join("config.json"))
}

fn read(file: &Path) -> Result<Vec<u8>> {
    std::fs::read(file).with_context(|| file.display().to_string())
}
