//! What answers the requests that are passed on: an Envoy of its own, whose time is not counted.

use std::path::Path;

use anyhow::{Context, Result};
use hachure_envoy::{Binary, Bootstrap, Cluster, Listener, Options, Process, Route};

/// The cluster that routes name.
pub(crate) const NAME: &str = "upstream";

/// A path of version 1 that is answered with JSON, and so is its like of version 2.
pub(crate) const JSON: &str = "/v1/json";

const BODY: &str = r#"{"page":1,"items":[{"id":7,"state":"paid","total":12.50},{"id":8,"state":"open","total":3.00}]}"#;

fn json(path: &str) -> Route {
    let kind = serde_json::json!({"key": "content-type", "value": "application/json"});
    let set = serde_json::json!([{"header": kind, "append_action": "OVERWRITE_IF_EXISTS_OR_ADD"}]);
    Route::path(path)
        .direct(200, BODY)
        .field("response_headers_to_add", set)
}

pub(crate) fn start(binary: &Binary, folder: &Path) -> Result<Process> {
    let listener = Listener::new(NAME)
        .route(json(JSON))
        .route(json("/v2/json"))
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
