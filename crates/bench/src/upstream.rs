//! What answers the requests that are passed on: an Envoy of its own, whose time is not counted.

use std::path::Path;

use anyhow::{Context, Result};
use hachure_envoy::{Binary, Bootstrap, Cluster, Listener, Options, Process, Route};

/// The cluster that routes name.
pub(crate) const NAME: &str = "upstream";

pub(crate) fn start(binary: &Binary, folder: &Path) -> Result<Process> {
    let listener = Listener::new(NAME)
        .route(Route::prefix("/").direct(200, "ok"))
        .manager_field("generate_request_id", serde_json::json!(false));
    let folder = folder.join(NAME);
    std::fs::create_dir(&folder)?;
    let options = Options::new(folder).log_level("error");
    Ok(Process::start(
        binary,
        &Bootstrap::new().listener(listener),
        &options,
    )?)
}

pub(crate) fn cluster(upstream: &Process) -> Result<Cluster> {
    let address = upstream
        .address(NAME)
        .context("an upstream without an address")?;
    Ok(Cluster::new(NAME, address.ip().to_string(), address.port()))
}
