//! `crates/registry`: the one place that depends on every policy.

use anyhow::Result;

use super::Output;
use super::names::{module_name, type_name};

const HEADER: &str = "generated from filters/* by `cargo xtask gen`; do not edit";

pub(super) fn generate(filters: &[String], out: &mut Output<'_>) -> Result<()> {
    for name in filters {
        // The registry embeds the schema that it is itself the source of.
        let schema = out.repository.path(&format!("filters/{name}/schema.json"));
        if !schema.exists() {
            std::fs::write(schema, "{}\n")?;
        }
    }
    out.put("crates/registry/Cargo.toml", &manifest(filters))?;
    out.put("crates/registry/src/generated.rs", &source(filters))
}

fn manifest(filters: &[String]) -> String {
    let mut schema = vec!["dep:schemars".to_owned(), "dep:serde_json".to_owned()];
    let mut policies = String::new();
    for name in filters {
        let package = format!("hachure-{name}-policy");
        schema.push(format!("{package}/schema"));
        policies += &format!("{package} = {{ path = \"../../filters/{name}/policy\" }}\n");
    }
    let schema: String = schema.iter().map(|s| format!("    \"{s}\",\n")).collect();
    format!(
        r#"# {HEADER}
[package]
name = "hachure-registry"
description = "Every filter of the catalogue with its policy"
version.workspace = true
edition.workspace = true
rust-version.workspace = true
license.workspace = true
publish.workspace = true

[features]
# The schemas of the configs, from the Rust types. Never on in a module.
schema = [
{schema}]

[[bin]]
name = "schemas"
required-features = ["schema"]

[dependencies]
hachure-catalog.workspace = true
hachure-config.workspace = true
hachure-exchange.workspace = true
{policies}schemars = {{ workspace = true, optional = true }}
serde_json = {{ workspace = true, optional = true }}

[dev-dependencies]
hachure-casefile.workspace = true
jsonschema.workspace = true
libtest-mimic.workspace = true
serde_json.workspace = true

[[test]]
name = "cases"
harness = false

[lints]
workspace = true
"#
    )
}

fn source(filters: &[String]) -> String {
    let mut entries = String::new();
    let mut reexports = String::new();
    let mut calls = String::new();
    for name in filters {
        let (module, policy) = (module_name(name), type_name(name));
        let krate = format!("hachure_{module}_policy");
        let folder = format!("../../../filters/{name}");
        entries += &format!(
            r#"    Filter {{
        name: "{name}",
        catalogue: include_str!("{folder}/filter.yaml"),
        schema: include_str!("{folder}/schema.json"),
        readme: include_str!("{folder}/README.md"),
        reasons: policies::{policy}::REASONS,
        phases: policies::{policy}::PHASES,
        capabilities: policies::{policy}::CAPABILITIES,
        compile: compile_erased::<policies::{policy}>,
        #[cfg(feature = "schema")]
        current_schema: || schemars::schema_for!({krate}::Config),
    }},
"#
        );
        reexports += &format!("    pub use {krate}::{policy};\n");
        calls += &format!("        $each!($crate::policies::{policy});\n");
    }
    format!(
        r#"// {HEADER}

use hachure_exchange::{{Policy, compile_erased}};

use crate::Filter;

/// The policies by their types.
pub mod policies {{
{reexports}}}

/// Every filter, by name.
pub static FILTERS: &[Filter] = &[
{entries}];

/// Calls the macro `$each` with the type of every policy.
#[macro_export]
macro_rules! for_each_policy {{
    ($each:ident) => {{
{calls}    }};
}}
"#
    )
}
