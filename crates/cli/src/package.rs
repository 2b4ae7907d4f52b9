//! `hachure package`: a module as an OCI image.

use std::path::PathBuf;

use anyhow::{Context, Result};
use hachure_oci::{Form, Image, write_layout};

use crate::output;

/// Make an OCI image of a module
///
/// The folder gets the image layout of OCI, which `hachure push` and other tools upload. Envoy Gateway,
/// Istio and contour-extension run the module from either form of image. The same module gives the same
/// digest. The manifest's annotations carry the schema and the catalogue entry that the module carries.
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  hachure package target/modules/cors.wasm --into cors.image
  hachure push cors.image registry.example.com/filters/cors:0.1.0")]
pub(crate) struct Options {
    /// The module's file
    #[arg(value_name = "MODULE")]
    module: PathBuf,
    /// The folder, which is made
    #[arg(long, value_name = "FOLDER")]
    into: PathBuf,
    /// The module as a layer of its own, instead of a layer that holds the file `plugin.wasm`
    #[arg(long)]
    artifact: bool,
}

/// Writes the image and prints its digest.
pub(crate) fn run(options: &Options) -> Result<bool> {
    let module = std::fs::read(&options.module);
    let module = module.with_context(|| options.module.display().to_string())?;
    let form = match options.artifact {
        true => Form::Artifact,
        false => Form::Image,
    };
    let image = Image::of(&module, form).with_context(|| options.module.display().to_string())?;
    write_layout(&image, &options.into)?;
    output::print(&format!("{}\n", image.digest()))?;
    Ok(true)
}
