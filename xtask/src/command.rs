//! Running other programs: what they said is shown, kept or read, and a failure names them.

use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};

use crate::progress;

const POLL: Duration = Duration::from_millis(50);
const SIGN_OF_LIFE: Duration = Duration::from_secs(10);

/// Runs `command` with our own input and output.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = command
        .status()
        .map_err(|error| not_started(command, &error))?;
    succeeded(command, status)
}

/// What `command` prints; a failure quotes the line that tells why.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let output = command
        .output()
        .map_err(|error| not_started(command, &error))?;
    if !output.status.success() {
        let errors = String::from_utf8_lossy(&output.stderr);
        bail!("{} failed: {}", shown(command), telling(&errors));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Runs `command` with its output kept in `log`, dots as signs of life, and at most for `limit`.
pub(crate) fn logged(command: &mut Command, log: &Path, limit: Duration) -> Result<()> {
    let file = File::create(log).with_context(|| format!("the log {}", log.display()))?;
    command
        .stdin(Stdio::null())
        .stdout(file.try_clone()?)
        .stderr(file);
    let child = command
        .spawn()
        .map_err(|error| not_started(command, &error))?;
    let status = wait(child, limit)?;
    if status.is_some_and(|status| status.success()) {
        return Ok(());
    }
    let said = std::fs::read_to_string(log).unwrap_or_default();
    let why = match status {
        Some(_) => telling(&said).to_owned(),
        None => format!("not done after {}", progress::seconds(limit)),
    };
    bail!(
        "{} failed: {why} (all of it: {})",
        shown(command),
        log.display()
    )
}

/// The status of `child`, or nothing when it had to be ended after `limit`.
fn wait(mut child: Child, limit: Duration) -> Result<Option<ExitStatus>> {
    let start = Instant::now();
    let mut next = SIGN_OF_LIFE;
    while start.elapsed() < limit {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if start.elapsed() > next {
            progress::dot();
            next += SIGN_OF_LIFE;
        }
        std::thread::sleep(POLL);
    }
    child.kill()?;
    child.wait()?;
    Ok(None)
}

/// An error for a status that is not success.
pub(crate) fn succeeded(command: &Command, status: ExitStatus) -> Result<()> {
    if status.success() {
        return Ok(());
    }
    match status.code() {
        Some(code) => bail!("{} failed with exit code {code}", shown(command)),
        None => bail!("{} was ended by a signal", shown(command)),
    }
}

/// An error for a program that could not be started.
pub(crate) fn not_started(command: &Command, error: &std::io::Error) -> anyhow::Error {
    let program = command.get_program().to_string_lossy();
    match error.kind() {
        ErrorKind::NotFound => anyhow!("`{program}` is not installed or not on PATH"),
        _ => anyhow!("`{program}` could not be started: {error}"),
    }
}

/// The program called `name` on PATH.
pub(crate) fn find(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|file| is_program(file))
}

/// Whether `file` can be executed by someone.
pub(crate) fn is_program(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    file.metadata()
        .is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

/// The program and what it is told to do, without options.
pub(crate) fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let name = program
        .file_name()
        .unwrap_or(program.as_os_str())
        .to_string_lossy();
    let words = command.get_args().map(|word| word.to_string_lossy());
    let words = words.take_while(|word| !word.starts_with('-') || word == "-m");
    let line = std::iter::once(name)
        .chain(words)
        .collect::<Vec<_>>()
        .join(" ");
    format!("`{line}`")
}

/// The line of an output that tells what went wrong: the first that calls itself an error, else
/// the last.
fn telling(output: &str) -> &str {
    let mut lines = output
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty());
    let error = |line: &&str| {
        let line = line.to_ascii_lowercase();
        ["error", "npm error", "e:"]
            .iter()
            .any(|start| line.starts_with(start))
    };
    let first = lines.clone().find(error);
    first
        .or_else(|| lines.next_back())
        .unwrap_or("it said nothing")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_that_tells_is_the_first_error() {
        assert_eq!(
            telling("WARNING: retrying\nERROR: no such thing\nbye\n"),
            "ERROR: no such thing"
        );
        assert_eq!(telling("one\ntwo\n\n"), "two");
        assert_eq!(telling(""), "it said nothing");
    }

    #[test]
    fn commands_are_shown_without_their_options() {
        let mut command = Command::new("/usr/bin/apt-get");
        command.args(["install", "-y", "--no-install-recommends", "wrk"]);
        assert_eq!(shown(&command), "`apt-get install`");
    }
}
