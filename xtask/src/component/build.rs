//! Building the component with `cargo-component`.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::command;
use crate::modules::kilobytes;
use crate::repository::Repository;
use crate::tools::cache::Cache;
use crate::tools::cargo;
use crate::tools::wasm::{self, Panics, Target};

const BINDINGS: &str = "component/src/bindings.rs";

/// Builds the component into `folder`. For a target without WASI, it has nothing to import.
pub(crate) fn component(repository: &Repository, cache: &Cache, folder: &Path) -> Result<PathBuf> {
    let mut build = Command::new(cargo::component(cache)?);
    build.arg("build");
    let toolchain = wasm::toolchain(cache, Target::Bare, Panics::Told)?;
    toolchain.configure(repository, &mut build)?;
    if toolchain.builds_std() {
        build.env("PATH", path_with_sysroot(folder)?);
    }
    build.args(["--target", Target::Bare.name(), "--profile", "wasm"]);
    build.args(["--package", "hachure-component"]);
    // Modules keep their names for the audit; the component ships as it is built.
    build.env("CARGO_PROFILE_WASM_STRIP", "symbols");
    // For WIT packages from registries, which we have none of.
    build.env("CARGO_COMPONENT_CACHE_DIR", folder.join("packages"));
    let before = bindings(repository)?;
    command::run(&mut build)?;
    if bindings(repository)? != before {
        bail!("{BINDINGS} was not what component/wit says: it has been written anew, commit it");
    }
    let target = repository.wasm_target().join(Target::Bare.name());
    let built = target.join("wasm/hachure_component.wasm");
    let component = folder.join("hachure-policy.wasm");
    let bytes = fs::copy(&built, &component).with_context(|| built.display().to_string())?;
    println!("the component has {} KB", kilobytes(bytes));
    Ok(component)
}

fn bindings(repository: &Repository) -> Result<String> {
    fs::read_to_string(repository.path(BINDINGS)).context(BINDINGS)
}

/// `cargo-component` begins only where the sysroot of the `rustc` on PATH has a folder for
/// `wasm32-wasip1`, even if it builds for another target with another compiler. A compiler that
/// builds `std` itself has none: this PATH begins with a `rustc` whose sysroot does.
fn path_with_sysroot(folder: &Path) -> Result<std::ffi::OsString> {
    let sysroot = folder.join("sysroot");
    fs::create_dir_all(sysroot.join("lib/rustlib").join(Target::Wasi.name()))?;
    fs::create_dir_all(sysroot.join("bin"))?;
    let rustc = sysroot.join("bin/rustc");
    fs::write(&rustc, "#!/bin/sh\ncd \"$(dirname \"$0\")/..\" && pwd\n")?;
    fs::set_permissions(&rustc, fs::Permissions::from_mode(0o755))?;
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(sysroot.join("bin")).chain(std::env::split_paths(&path));
    Ok(std::env::join_paths(folders)?)
}
