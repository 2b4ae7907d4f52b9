//! A machine with only those programs that a test gives it.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// A user without rights: `nobody`.
const NOBODY: u32 = 65534;

/// Folders `bin` (all of PATH), `home`, `cache` and `repository`, open to every user.
pub(crate) struct Machine {
    folder: TempDir,
    variables: Vec<(&'static str, String)>,
    as_nobody: bool,
}

/// What came of a call.
pub(crate) struct Answer {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Answer {
    /// What it says on success.
    pub(crate) fn success(&self) -> &str {
        assert_eq!(self.code, Some(0), "{}", self.err);
        self.out.trim_end()
    }

    /// The one line of a failure. A line of progress may stand before it.
    pub(crate) fn complaint(&self) -> &str {
        assert_ne!(self.code, Some(0), "{}", self.out);
        assert_eq!(self.out, "");
        let mut lines = self.err.lines().filter(|line| !line.contains(" ..."));
        let line = lines.next().unwrap_or_default();
        assert_eq!(lines.next(), None, "more than one line: {}", self.err);
        line
    }
}

impl Machine {
    /// A machine without any program.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        set_mode(folder.path(), 0o755);
        for name in ["bin", "home", "cache", "repository"] {
            let path = folder.path().join(name);
            fs::create_dir(&path).unwrap();
            set_mode(&path, 0o777);
        }
        let machine = Self {
            folder,
            variables: vec![],
            as_nobody: false,
        };
        fs::create_dir(machine.path("repository/xtask")).unwrap();
        fs::write(machine.path("repository/xtask/Cargo.toml"), "").unwrap();
        machine
    }

    /// A file or folder by its way from the top.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Adds a program, or replaces it: a script for the shell.
    pub(crate) fn program(&self, name: &str, script: &str) {
        let file = self.path("bin").join(name);
        fs::write(&file, format!("#!/bin/sh\n{script}\n")).unwrap();
        set_mode(&file, 0o755);
    }

    /// Adds programs that every Debian has.
    pub(crate) fn with(self, names: &[&str]) -> Self {
        for name in names {
            symlink(
                Path::new("/usr/bin").join(name),
                self.path("bin").join(name),
            )
            .unwrap();
        }
        self
    }

    /// Sets a variable of the environment.
    pub(crate) fn variable(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.variables.push((name, value.into()));
        self
    }

    /// A user without rights runs the programs.
    pub(crate) fn without_root(mut self) -> Self {
        self.as_nobody = fs::metadata("/proc/self").unwrap().uid() == 0;
        self
    }

    /// `cargo xtask tools NAME`.
    pub(crate) fn tool(&self, name: &str) -> Answer {
        let built = Path::new(env!("CARGO_BIN_EXE_xtask"));
        let copy = self.path("xtask");
        if self.as_nobody {
            fs::copy(built, &copy).unwrap();
            set_mode(&copy, 0o755);
        }
        let program = if self.as_nobody { &copy } else { built };
        self.run(Command::new(program).args(["tools", name]))
    }

    /// Runs a command in the repository.
    pub(crate) fn run(&self, command: &mut Command) -> Answer {
        command
            .env_clear()
            .env("PATH", self.path("bin"))
            .env("HOME", self.path("home"))
            .env("HACHURE_CACHE", self.path("cache"))
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .current_dir(self.path("repository"));
        if self.as_nobody {
            command.uid(NOBODY).gid(NOBODY);
        }
        let output = command.output().unwrap();
        Answer {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}
