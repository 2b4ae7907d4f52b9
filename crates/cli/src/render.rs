//! `hachure render`: what attaches a file's filters on each platform.

mod attachment;
mod bootstrap;

use std::path::PathBuf;

use anyhow::{Result, bail};
use hachure_render::{contour, envoy_gateway, istio, text};

use crate::catalogue::Catalogue;
use crate::output;
use crate::render::attachment::Loaded;
use crate::run;

/// Render what attaches a file's filters on Envoy or a gateway
///
/// Reads a file of `hachure run`, checks it as `validate` does, and prints YAML for the platform,
/// with comments that say what the platform cannot do. A gateway gets the filters of every route,
/// attached as the file's `attach` says; Envoy gets the routes too. Checksums are those of the
/// modules in --modules.
#[derive(clap::Args)]
#[command(after_help = FILE_FORMAT)]
pub(crate) struct Options {
    /// What to render
    #[arg(value_name = "FILE")]
    file: String,
    /// The platform
    #[arg(long = "for", value_enum, value_name = "PLATFORM")]
    platform: Platform,
    /// The folder of the filters' modules, `<name>.wasm`
    #[arg(long, value_name = "FOLDER", default_value = "target/modules")]
    modules: PathBuf,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Platform {
    /// A bootstrap for plain Envoy
    Envoy,
    /// EnvoyExtensionPolicy and EnvoyProxy
    EnvoyGateway,
    /// ContourExtensionPolicy
    Contour,
    /// WasmPlugin; checked against Istio's CRDs, not run
    Istio,
    /// CiliumEnvoyConfig; checked against Cilium's CRD, not run
    Cilium,
}

const FILE_FORMAT: &str = "\
A file, beside what `hachure run --help` says:
  filters:
    - filter: cors
      config: {origins: [\"https://app.example.com\"]}
      failOpen: true                      # requests pass where it cannot run; false by default
  upstreams:                              # for gateways those that configs name
    idp: {tls: {address: \"id.example.com:443\"}}
  attach:                                 # what gateways need
    name: orders                          # of the objects
    namespace: shop                       # of the objects and the targets
    targets:                              # each platform takes those that it knows
      - {kind: HTTPRoute, name: orders}   # Envoy Gateway, Contour
      - {kind: HTTPProxy, name: orders}   # Contour
      - {kind: Gateway, name: edge, sectionName: https}  # Envoy Gateway, Istio
      - {kind: Service, name: orders}     # Istio, Cilium
    modules: {http: \"https://modules.example.com/hachure/0.1.0\"}  # <filter>.wasm there

Examples:
  hachure render edge.yaml --for envoy > envoy.yaml
  hachure render edge.yaml --for contour | kubectl apply -f -";

/// Prints the documents.
pub(crate) fn run(options: &Options) -> Result<bool> {
    let catalogue = Catalogue::load()?;
    let Some(files) = run::checked(std::slice::from_ref(&options.file), &catalogue)? else {
        return Ok(false);
    };
    let [(_, file)] = files.as_slice() else {
        bail!("{}: expected one file", options.file);
    };
    let loaded = Loaded {
        file: file.clone(),
        plan: run::plan::Plan::of(files, &catalogue)?,
        folder: options.modules.clone(),
    };
    let documents = match options.platform {
        Platform::Envoy => bootstrap::envoy(loaded, &catalogue)?,
        Platform::Cilium => bootstrap::cilium(loaded, &catalogue)?,
        Platform::EnvoyGateway => envoy_gateway(&loaded.attachment(true)?)?,
        Platform::Istio => istio(&loaded.attachment(true)?)?,
        Platform::Contour => contour(&loaded.attachment(false)?)?,
    };
    output::print(&text(&documents))?;
    Ok(true)
}
