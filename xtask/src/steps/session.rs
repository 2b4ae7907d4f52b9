//! What the steps of one run share.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use anyhow::{Context, Result};

use crate::command;
use crate::repository::Repository;
use crate::steps::counts::Counts;

/// A run of steps: the repository, and the tests counted so far.
pub(crate) struct Session<'a> {
    pub(crate) repository: &'a Repository,
    pub(crate) counts: Counts,
}

impl<'a> Session<'a> {
    pub(crate) fn new(repository: &'a Repository) -> Self {
        Self {
            repository,
            counts: Counts::default(),
        }
    }

    /// `cargo` with these arguments, in the root of the repository.
    pub(crate) fn cargo(&self, arguments: &[&str]) -> Command {
        let mut cargo = Command::new("cargo");
        cargo.args(arguments).current_dir(self.repository.root());
        cargo
    }

    /// `cargo xtask` with these arguments. Not the file this program was started from: a step
    /// that builds the workspace's tests may have put another in its place.
    pub(crate) fn xtask(&self, arguments: &[&str]) -> Command {
        let mut xtask = self.cargo(&["xtask"]);
        xtask.args(arguments);
        xtask
    }

    /// Runs `command`.
    pub(crate) fn run(&self, command: &mut Command) -> Result<()> {
        command::run(command)
    }

    /// Runs `command`, shows what it prints while it prints it, and counts the tests it reports.
    pub(crate) fn tests(&mut self, command: &mut Command) -> Result<()> {
        let spawned = command.stdout(Stdio::piped()).spawn();
        let mut child = spawned.map_err(|error| command::not_started(command, &error))?;
        let output = child.stdout.take().context("the output of a command")?;
        let mut reader = BufReader::new(output);
        let mut line = Vec::new();
        while reader.read_until(b'\n', &mut line)? > 0 {
            std::io::stdout().write_all(&line)?;
            self.counts.read(&String::from_utf8_lossy(&line));
            line.clear();
        }
        let status = child.wait()?;
        command::succeeded(command, status)
    }
}
