//! The tables in READMEs and `docs/reference.md`, from `filter.yaml` and the schemas.

use anyhow::{Context, Result};
use serde_json::Value;

use super::markdown::{between, head, row};
use super::{Output, fields};

const NOTE: &str = "<!-- generated from filters/* by `cargo xtask gen`; do not edit -->\n";

pub(super) fn generate(filters: &[String], out: &mut Output<'_>) -> Result<()> {
    let entries = filters
        .iter()
        .map(|name| entry(name, out))
        .collect::<Result<Vec<_>>>()?;
    for entry in &entries {
        readme_of(entry, out)?;
    }
    marked("README.md", "filters", &overview(&entries), out)?;
    out.put("docs/reference.md", &reference(&entries))
}

fn entry(name: &str, out: &Output<'_>) -> Result<Value> {
    let path = format!("filters/{name}/filter.yaml");
    let text = std::fs::read_to_string(out.repository.path(&path)).context(path.clone())?;
    Ok(hachure_yaml::parse(&text).context(path)?.value)
}

fn readme_of(entry: &Value, out: &mut Output<'_>) -> Result<()> {
    let name = text(entry, "name");
    let schema = format!("filters/{name}/schema.json");
    let schema = std::fs::read_to_string(out.repository.path(&schema)).context(schema)?;
    let readme = format!("filters/{name}/README.md");
    marked(
        &readme,
        "config",
        &fields::table(&serde_json::from_str(&schema)?),
        out,
    )?;
    marked(&readme, "reasons", &reasons(entry), out)?;
    marked(&readme, "metrics", &metrics(entry), out)
}

fn marked(path: &str, name: &str, table: &str, out: &mut Output<'_>) -> Result<()> {
    let now = std::fs::read_to_string(out.repository.path(path)).context(path.to_owned())?;
    out.put(
        path,
        &between(&now, name, table).with_context(|| path.to_owned())?,
    )
}

fn overview(entries: &[Value]) -> String {
    let mut table = head(&["filter", "what it does", "status", "native alternative"]);
    for entry in entries {
        let name = text(entry, "name");
        let native = &entry["nativeAlternative"];
        let native = match native["filter"].as_str() {
            Some(filter) => format!("`{filter}`: use it when {}", text(native, "useWhen")),
            None => format!("none: {}", text(native, "useWhen")),
        };
        let link = format!("[`{name}`](filters/{name}/README.md)");
        table += &row(&[
            &link,
            text(entry, "summary"),
            text(entry, "status"),
            &native,
        ]);
    }
    table
}

fn reference(entries: &[Value]) -> String {
    let mut page = format!(
        "{NOTE}# Reference\n\nEvery reason for which a filter refuses, and every metric, by filter. Config tables are in each\nfilter's README; the JSON Schemas are `filters/*/schema.json` (`hachure schema NAME` prints them).\n"
    );
    for entry in entries {
        let name = text(entry, "name");
        page += &format!(
            "\n## {} (`{name}`)\n\n{}\n\n[Config](../filters/{name}/README.md) · [schema](../filters/{name}/schema.json)\n\n### Reasons\n\n{}\n### Metrics\n\n{}",
            text(entry, "title"),
            text(entry, "summary"),
            reasons(entry),
            metrics(entry),
        );
    }
    page
}

fn reasons(entry: &Value) -> String {
    let rows = entry["reasons"].as_array().into_iter().flatten();
    let rows: String = rows
        .map(|r| {
            let code = format!("`{}`", text(r, "code"));
            row(&[&code, &r["status"].to_string(), text(r, "when")])
        })
        .collect();
    match rows.is_empty() {
        true => "It refuses nothing.\n".to_owned(),
        false => head(&["reason", "status", "when"]) + &rows,
    }
}

fn metrics(entry: &Value) -> String {
    let rows = entry["metrics"].as_array().into_iter().flatten();
    let rows: String = rows
        .map(|m| {
            let mut name = format!("wasmcustom.hachure.{}", text(m, "name"));
            for label in m["labels"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
            {
                name += &format!(".{label}.<{label}>");
            }
            row(&[&format!("`{name}`"), text(m, "kind"), text(m, "counts")])
        })
        .collect();
    match rows.is_empty() {
        true => "It counts nothing.\n".to_owned(),
        false => head(&["metric", "kind", "counts"]) + &rows,
    }
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}
