//! `filters/*/schema.json`, from the Rust types.

use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::Output;

pub(super) fn generate(out: &mut Output<'_>) -> Result<()> {
    let printed = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args([
            "run",
            "--quiet",
            "--package",
            "hachure-registry",
            "--features",
            "schema",
        ])
        .args(["--bin", "schemas"])
        .current_dir(out.repository.path(""))
        .stderr(std::process::Stdio::inherit())
        .output()
        .context("running the schemas binary of hachure-registry")?;
    ensure!(
        printed.status.success(),
        "the schemas binary of hachure-registry failed"
    );
    let schemas: serde_json::Map<String, serde_json::Value> =
        serde_json::from_slice(&printed.stdout)?;
    for (name, schema) in schemas {
        let text = serde_json::to_string_pretty(&schema)? + "\n";
        out.put(&format!("filters/{name}/schema.json"), &text)?;
    }
    Ok(())
}
