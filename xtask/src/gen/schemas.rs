//! `filters/*/schema.json`, from the Rust types. Its examples are the configs of
//! `filters/*/examples`.

use std::process::Command;

use anyhow::{Context, Result, anyhow, ensure};
use serde_json::Value;

use super::Output;
use crate::repository::Repository;

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
    for (name, mut schema) in schemas {
        if let Some(root) = schema.as_object_mut() {
            root.insert(
                "examples".to_owned(),
                examples(out.repository, &name)?.into(),
            );
        }
        let text = serde_json::to_string_pretty(&schema)? + "\n";
        out.put(&format!("filters/{name}/schema.json"), &text)?;
    }
    Ok(())
}

/// The configs that the filter's examples show, by the names of their files.
fn examples(repository: &Repository, filter: &str) -> Result<Vec<Value>> {
    let folder = repository.path(&format!("filters/{filter}/examples"));
    if !folder.is_dir() {
        return Ok(vec![]);
    }
    let mut files: Vec<_> = folder
        .read_dir()?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<_>>()?;
    files.retain(|file| file.extension().is_some_and(|end| end == "yaml"));
    files.sort();
    let config = |file: &std::path::PathBuf| {
        let name = file.display();
        let text = std::fs::read_to_string(file).with_context(|| name.to_string())?;
        let document = hachure_yaml::parse(&text).map_err(|error| anyhow!("{name}: {error}"))?;
        let config = document.value.get("config").cloned();
        config.with_context(|| format!("{name} has no `config`"))
    };
    files.iter().map(config).collect()
}
