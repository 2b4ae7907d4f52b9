//! Where and how the figures were made.

use std::fs;
use std::process::Command;

use hachure_envoy::Binary;

use crate::Arguments;

/// One line for the page: date, processor, cores, system, Envoy, rounds.
pub(crate) fn describe(envoy: &Binary, arguments: &Arguments) -> String {
    let date = Command::new("date").args(["-u", "+%Y-%m-%d"]).output();
    let date = date.map(|o| String::from_utf8_lossy(&o.stdout).trim().to_owned());
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    format!(
        "{}, {cores} cores of {}, {}, Envoy {}, {} rounds of {} s",
        date.unwrap_or_default(),
        field("/proc/cpuinfo", "model name", ':').unwrap_or_else(|| "an unnamed processor".into()),
        field("/etc/os-release", "PRETTY_NAME", '=').unwrap_or_else(|| "Linux".into()),
        envoy.version(),
        arguments.rounds,
        arguments.seconds,
    )
}

fn field(file: &str, name: &str, separator: char) -> Option<String> {
    let text = fs::read_to_string(file).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(
        line.split_once(separator)?
            .1
            .trim()
            .trim_matches('"')
            .to_owned(),
    )
}
