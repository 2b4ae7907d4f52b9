//! Makes the tokens and key sets in `filters/*` anew, where a description stands beside them.
//!
//! `cargo run -p hachure-testtoken` writes them, `-- --check` says whether any is out of date, and
//! `-- '{key: ec}'` prints one token.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use hachure_testtoken::{renewed, token};

fn main() -> ExitCode {
    match run(std::env::args().nth(1).as_deref()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            #[allow(clippy::print_stderr, reason = "a command says what is wrong")]
            {
                eprintln!("error: {error:#}");
            }
            ExitCode::FAILURE
        }
    }
}

#[allow(clippy::print_stdout, reason = "a command says what it did")]
fn run(argument: Option<&str>) -> Result<bool> {
    if let Some(spec) = argument.filter(|a| a.starts_with('{')) {
        println!("{}", token(&hachure_yaml::parse(spec)?.value)?);
        return Ok(true);
    }
    let check = argument == Some("--check");
    let mut current = true;
    for file in files()? {
        let text = fs::read_to_string(&file)?;
        let new = renewed(&text).with_context(|| file.display().to_string())?;
        if new != text {
            current = false;
            println!("{}", file.display());
            if !check {
                fs::write(&file, new)?;
            }
        }
    }
    Ok(current || !check)
}

/// Every YAML file below `filters/`.
fn files() -> Result<Vec<PathBuf>> {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("../../filters")];
    let mut files = vec![];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "yaml") {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}
