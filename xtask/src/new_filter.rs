//! `cargo xtask new-filter NAME`: a folder that builds, passes and is in the catalogue.

mod prove;

use anyhow::{Result, ensure};

use crate::r#gen::{self, names};
use crate::repository::Repository;

pub(crate) use prove::prove;

/// The files of a new filter: where each goes, and its text with `{{…}}` to fill in.
const TEMPLATES: &[(&str, &str)] = &[
    (
        "filter.yaml",
        include_str!("../templates/filter/filter.yaml"),
    ),
    ("README.md", include_str!("../templates/filter/README.md")),
    ("demo.yaml", include_str!("../templates/filter/demo.yaml")),
    (
        "policy/Cargo.toml",
        include_str!("../templates/filter/policy/Cargo.toml"),
    ),
    (
        "policy/src/lib.rs",
        include_str!("../templates/filter/policy/lib.rs"),
    ),
    (
        "policy/src/config.rs",
        include_str!("../templates/filter/policy/config.rs"),
    ),
    (
        "module/Cargo.toml",
        include_str!("../templates/filter/module/Cargo.toml"),
    ),
    (
        "module/src/lib.rs",
        include_str!("../templates/filter/module/lib.rs"),
    ),
    (
        "cases/010-sets-the-header.yaml",
        include_str!("../templates/filter/cases/010-sets-the-header.yaml"),
    ),
    (
        "cases/020-refuses-a-bad-name.yaml",
        include_str!("../templates/filter/cases/020-refuses-a-bad-name.yaml"),
    ),
    (
        "examples/hello.yaml",
        include_str!("../templates/filter/examples/hello.yaml"),
    ),
];

/// Writes the folder and everything that is generated from it.
pub(crate) fn run(repository: &Repository, name: &str) -> Result<()> {
    names::check_name(name)?;
    let folder = repository.path(&format!("filters/{name}"));
    ensure!(
        !folder.exists(),
        "filters/{name} is already there: choose another name"
    );
    for (path, template) in TEMPLATES {
        let file = folder.join(path);
        if let Some(parent) = file.parent() {
            std::fs::create_dir_all(parent)?;
        }
        std::fs::write(file, fill(template, name))?;
    }
    println!("wrote filters/{name}");
    r#gen::run(repository, &r#gen::Options { check: false })?;
    println!("next: `cargo test -p hachure-registry -- {name}/`, then make it your own");
    Ok(())
}

fn fill(template: &str, name: &str) -> String {
    let title = names::capitalised(&name.replace('-', " "));
    template
        .replace("{{name}}", name)
        .replace("{{title}}", &title)
        .replace("{{type}}", &names::type_name(name))
        .replace("{{module}}", &names::module_name(name))
}
