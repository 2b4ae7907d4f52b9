//! A version in the path, and a small body that is made one of an older version.

use std::path::Path;

use anyhow::Result;
use serde_json::{Value, json};

use super::{Base, Subject, beside, ours, subject};
use crate::upstream;

pub(super) fn all(modules: &Path) -> Result<Vec<Subject>> {
    let version = |response| ours(modules, "version-rewrite", config(response));
    let rename = json!([{"rename": {"at": "/items", "to": "orders"}}]);
    Ok(vec![
        subject(
            "`version-rewrite`, version out of the path",
            "api-version: 1",
            vec![version(json!([]))?],
        )
        .at("/v1/orders"),
        beside(
            Base::Proxied,
            "`version-rewrite`, a member of a small body renamed (with an upstream)",
            r#""orders":[{"#,
            vec![version(rename)?],
            |route| route,
        )
        .at(upstream::JSON),
    ])
}

/// Version 1 is the upstream's `/v2`.
fn config(response: Value) -> Value {
    json!({
        "sources": [{"path": {"template": "/v{version}"}}],
        "versions": [
            {"name": "1", "upstream": {"path": {"segment": "v2"}}, "response": response},
            {"name": "2"},
        ],
        "reroute": true,
        "headersHeld": true,
    })
}
