//! Everything that is not in this repository: each tool is found, or installed once into the cache.

pub(crate) mod apt;
pub(crate) mod cache;
pub(crate) mod cargo;
pub(crate) mod envoy;
pub(crate) mod go;
pub(crate) mod npm;
pub(crate) mod rustup;
pub(crate) mod system;
pub(crate) mod wasm;

use anyhow::{Result, bail};

use crate::repository::Repository;
use crate::tools::cache::Cache;
use crate::tools::wasm::{Panics, Target};

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Any of: wasm, wasm-test, envoy, wasm-opt, wasm-bindgen, cargo-component,
    /// cargo-deny, jco, wrk, openid-provider, redis, ratelimit, registry, ip,
    /// etcd, kube-apiserver, kubectl, contour, gateway-api, envoy-gateway
    names: Vec<String>,
}

/// A tool by its name, and how to find or install it: the answer says where it is.
struct Tool {
    name: &'static str,
    find: fn(&Repository, &Cache) -> Result<String>,
}

impl Tool {
    const fn new(name: &'static str, find: fn(&Repository, &Cache) -> Result<String>) -> Self {
        Self { name, find }
    }
}

const TOOLS: [Tool; 20] = [
    Tool::new("wasm", |_, cache| {
        wasm::toolchain(cache, Target::Wasi, Panics::Trap).map(told)
    }),
    Tool::new("wasm-test", |_, cache| {
        wasm::toolchain(cache, Target::Bare, Panics::Told).map(told)
    }),
    Tool::new("envoy", |_, cache| {
        envoy::find(cache).map(|envoy| envoy.to_string())
    }),
    Tool::new("wasm-opt", |_, cache| {
        npm::BINARYEN.program(cache).map(shown)
    }),
    Tool::new("wasm-bindgen", |at, cache| {
        cargo::wasm_bindgen(at, cache).map(shown)
    }),
    Tool::new("cargo-component", |_, cache| {
        cargo::component(cache).map(shown)
    }),
    Tool::new("cargo-deny", |_, cache| cargo::deny(cache).map(shown)),
    Tool::new("jco", |_, cache| npm::JCO.program(cache).map(shown)),
    Tool::new("wrk", |_, cache| system::wrk(cache).map(shown)),
    Tool::new("openid-provider", |_, cache| {
        npm::OIDC_PROVIDER.folder(cache).map(shown)
    }),
    Tool::new("redis", |_, cache| system::redis(cache).map(shown)),
    Tool::new("ratelimit", |_, cache| {
        go::RATELIMIT.program(cache).map(shown)
    }),
    Tool::new("registry", |_, cache| system::registry(cache).map(shown)),
    Tool::new("ip", |_, cache| system::ip(cache).map(shown)),
    Tool::new("etcd", |_, cache| go::ETCD.program(cache).map(shown)),
    Tool::new("kube-apiserver", |_, cache| {
        go::KUBE_APISERVER.program(cache).map(shown)
    }),
    Tool::new("kubectl", |_, cache| system::kubectl(cache).map(shown)),
    Tool::new("contour", |_, cache| go::CONTOUR.program(cache).map(shown)),
    Tool::new("gateway-api", |_, cache| {
        go::GATEWAY_API.folder(cache).map(shown)
    }),
    Tool::new("envoy-gateway", |_, cache| {
        go::ENVOY_GATEWAY.program(cache).map(shown)
    }),
];

/// Finds or installs the chosen tools and prints where each is.
pub(crate) fn run(repository: &Repository, options: &Options) -> Result<()> {
    let known = |name: &String| TOOLS.iter().any(|tool| tool.name == name);
    if let Some(unknown) = options.names.iter().find(|name| !known(name)) {
        bail!(
            "there is no tool `{unknown}`; there are: {}",
            TOOLS.map(|tool| tool.name).join(", ")
        );
    }
    let cache = Cache::open()?;
    for tool in &TOOLS {
        if options.names.is_empty() || options.names.iter().any(|name| name == tool.name) {
            println!("{:16} {}", tool.name, (tool.find)(repository, &cache)?);
        }
    }
    Ok(())
}

fn shown(path: std::path::PathBuf) -> String {
    path.display().to_string()
}

fn told(toolchain: wasm::Toolchain) -> String {
    toolchain.description().to_owned()
}
