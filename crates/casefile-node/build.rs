//! Writes one test per case file and example file of every filter: Wasm in Node has no folders to
//! look into, so the files' texts go into the test program.

use std::error::Error;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_FAMILY")? != "wasm" {
        return Ok(());
    }
    let filters = Path::new(&std::env::var("CARGO_MANIFEST_DIR")?).join("../../filters");
    println!("cargo::rerun-if-changed={}", filters.display());
    let mut tests = String::new();
    for filter in sorted(&filters)?.into_iter().filter(|path| path.is_dir()) {
        let name = stem(&filter)?;
        writeln!(tests, "mod {} {{", identifier(name))?;
        for kind in ["cases", "examples"] {
            writeln!(tests, "mod {kind} {{")?;
            for file in sorted(&filter.join(kind))? {
                write_test(&mut tests, name, &file)?;
            }
            writeln!(tests, "}}")?;
        }
        writeln!(tests, "}}")?;
    }
    let out = PathBuf::from(std::env::var("OUT_DIR")?).join("cases.rs");
    Ok(fs::write(out, tests)?)
}

fn write_test(tests: &mut String, filter: &str, file: &Path) -> Result<(), Box<dyn Error>> {
    let test = identifier(stem(file)?);
    let file = file.canonicalize()?;
    writeln!(
        tests,
        "#[wasm_bindgen_test::wasm_bindgen_test] fn {test}() {{"
    )?;
    writeln!(
        tests,
        "    crate::holds({filter:?}, include_str!({file:?}));"
    )?;
    Ok(writeln!(tests, "}}")?)
}

fn sorted(folder: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let entries = fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let mut paths = entries
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<Vec<_>, Box<dyn Error>>>()?;
    paths.sort();
    Ok(paths)
}

fn stem(path: &Path) -> Result<&str, String> {
    let stem = path.file_stem().and_then(|stem| stem.to_str());
    stem.ok_or_else(|| format!("{} has no name in UTF-8", path.display()))
}

/// `010-set-header` to `_010_set_header`.
fn identifier(name: &str) -> String {
    let letters = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' });
    let digit_first = name.starts_with(|c: char| c.is_ascii_digit());
    digit_first
        .then_some('_')
        .into_iter()
        .chain(letters)
        .collect()
}
