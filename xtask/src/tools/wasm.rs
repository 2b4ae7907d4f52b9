//! A compiler for Wasm. First way: the Wasm targets of the `rustup` toolchain that runs us. Second
//! way, where that has none and can fetch none: Debian's compiler, which builds `std` itself.
//! Callers see no difference.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, anyhow, bail};

use crate::command;
use crate::repository::Repository;
use crate::tools::cache::Cache;
use crate::tools::rustup::Part;
use crate::tools::{apt, rustup};

/// What we compile for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    /// Modules and components.
    Wasi,
    /// Tests in Node.
    Bare,
}

impl Target {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Wasi => "wasm32-wasip1",
            Self::Bare => "wasm32-unknown-unknown",
        }
    }
}

/// What a panic is in the program.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Panics {
    /// It says its message and place, then ends.
    Told,
    /// It ends. `std` is compiled with the program, for the smallest size: what formats and prints
    /// messages goes, and so does every message.
    Trap,
}

/// A way to compile for one target.
pub(crate) struct Toolchain {
    way: Way,
    target: Target,
    panics: Panics,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Rustup,
    Debian,
}

const DEBIAN_PACKAGES: [&str; 5] = [
    "rustc-web",
    "cargo-web",
    "rust-web-src",
    "lld-19",
    "wasi-libc",
];

/// Finds or installs a compiler for `target`. `HACHURE_WASM_TOOLCHAIN=rustup|debian` fixes the way.
pub(crate) fn toolchain(cache: &Cache, target: Target, panics: Panics) -> Result<Toolchain> {
    let way = match std::env::var("HACHURE_WASM_TOOLCHAIN").as_deref() {
        Err(_) | Ok("") => first_that_works(cache, target, panics)?,
        Ok("rustup") => {
            let parts = parts(target, panics);
            rustup::try_again(cache, &parts);
            rustup::ensure(cache, &parts).map(|()| Way::Rustup)?
        }
        Ok("debian") => debian(cache).map(|()| Way::Debian)?,
        Ok(other) => bail!("HACHURE_WASM_TOOLCHAIN is `{other}`: it may be `rustup` or `debian`"),
    };
    Ok(Toolchain {
        way,
        target,
        panics,
    })
}

fn first_that_works(cache: &Cache, target: Target, panics: Panics) -> Result<Way> {
    let parts = parts(target, panics);
    let Err(first) = rustup::ensure(cache, &parts) else {
        return Ok(Way::Rustup);
    };
    match debian(cache) {
        Ok(()) => Ok(Way::Debian),
        Err(second) => {
            rustup::try_again(cache, &parts);
            Err(anyhow!(
                "no Rust compiler for {}: {first:#}; the other way: {second:#}",
                target.name()
            ))
        }
    }
}

/// What `rustup` must have.
fn parts(target: Target, panics: Panics) -> Vec<Part> {
    let mut parts = vec![Part::Target(target)];
    if panics == Panics::Trap {
        parts.push(Part::Sources);
    }
    parts
}

fn debian(cache: &Cache) -> Result<()> {
    apt::ensure(cache, &DEBIAN_PACKAGES, "Debian's Wasm compiler")
}

impl Toolchain {
    /// The way that was found, in words.
    pub(crate) fn description(&self) -> &'static str {
        match self.way {
            Way::Rustup => "the compiler that rustup manages",
            Way::Debian => "Debian's compiler (rustc-web), building std",
        }
    }

    /// Whether `std` is compiled with the program: there is none for the target in the sysroot.
    pub(crate) fn builds_std(&self) -> bool {
        self.way == Way::Debian || self.panics == Panics::Trap
    }

    /// The same compiler, where panics are told.
    pub(crate) fn telling(&self) -> Self {
        Self {
            panics: Panics::Told,
            ..*self
        }
    }

    /// Where this toolchain builds: two in one folder undo each other's work.
    pub(crate) fn target_folder(&self, repository: &Repository) -> PathBuf {
        match self.panics {
            Panics::Told => repository.wasm_target(),
            Panics::Trap => repository.path("target/wasm-trap"),
        }
    }

    /// `cargo <subcommand>` for the target, with reproducible flags and a target folder of its own.
    pub(crate) fn cargo(&self, repository: &Repository, subcommand: &str) -> Result<Command> {
        let mut command = Command::new(self.program()?);
        command.arg(subcommand);
        self.configure(repository, &mut command)?;
        command.args(["--target", self.target.name()]);
        Ok(command)
    }

    /// Makes `command`, some program that calls cargo, use this compiler, and adds the arguments
    /// that it must pass on.
    pub(crate) fn configure(&self, repository: &Repository, command: &mut Command) -> Result<()> {
        command.current_dir(repository.root());
        command.env("CARGO_TARGET_DIR", self.target_folder(repository));
        command.env(
            "CARGO_ENCODED_RUSTFLAGS",
            self.flags(repository)?.join("\u{1f}"),
        );
        if self.way == Way::Debian {
            forget_rustup(command);
            let target = self.target.name().to_uppercase().replace('-', "_");
            command
                .env("CARGO", "/usr/bin/cargo")
                .env("RUSTC", "/usr/bin/rustc");
            command.env(format!("CARGO_TARGET_{target}_LINKER"), "wasm-ld-19");
        }
        if self.builds_std() {
            command.env("RUSTC_BOOTSTRAP", "1");
            command.args(["-Z", "build-std=std,panic_abort"]);
        }
        if self.panics == Panics::Trap {
            command.args(["-Z", "build-std-features=optimize_for_size"]);
        }
        Ok(())
    }

    fn program(&self) -> Result<PathBuf> {
        match self.way {
            Way::Rustup => command::find("cargo").context("`cargo` is not on PATH"),
            Way::Debian => Ok(PathBuf::from("/usr/bin/cargo")),
        }
    }

    fn std_sources(&self) -> Result<PathBuf> {
        match self.way {
            Way::Rustup => rustup::sources(),
            Way::Debian => Ok(PathBuf::from("/usr/lib/rustlib/src/rust")),
        }
    }

    /// One mangling for both compilers, so that audits see the same names, and no path of this
    /// machine in the output.
    fn flags(&self, repository: &Repository) -> Result<Vec<String>> {
        let mut flags = vec!["-Csymbol-mangling-version=v0".to_owned()];
        flags.push(remap(repository.root(), "/hachure"));
        for folder in registry_sources() {
            flags.push(remap(&folder, "/crates"));
        }
        if self.builds_std() {
            let sources = self.std_sources()?;
            flags.push(remap(&sources, "/rust"));
            let canonical = std::fs::canonicalize(&sources);
            flags.push(remap(
                &canonical.with_context(|| sources.display().to_string())?,
                "/rust",
            ));
        }
        if self.panics == Panics::Trap {
            let trap = ["-Zunstable-options", "-Cpanic=immediate-abort"];
            flags.extend(trap.map(str::to_owned));
        }
        if self.way == Way::Debian && self.target == Target::Wasi {
            flags.push("-Lnative=/usr/lib/wasm32-wasi".to_owned());
        }
        Ok(flags)
    }
}

fn remap(folder: &Path, name: &str) -> String {
    format!("--remap-path-prefix={}={name}", folder.display())
}

/// The folders that cargo unpacks crates into: one per registry, named by its address.
fn registry_sources() -> Vec<PathBuf> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cargo")));
    let entries = home.and_then(|home| home.join("registry/src").read_dir().ok());
    let mut folders: Vec<_> = entries
        .into_iter()
        .flatten()
        .flatten()
        .map(|at| at.path())
        .collect();
    folders.sort();
    folders
}

/// What rustup's `cargo run` leaves in our environment would mislead another compiler.
fn forget_rustup(command: &mut Command) {
    for name in [
        "LD_LIBRARY_PATH",
        "RUSTUP_TOOLCHAIN",
        "RUSTC",
        "RUSTDOC",
        "RUSTC_WRAPPER",
    ] {
        command.env_remove(name);
    }
}
