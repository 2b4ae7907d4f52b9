//! What can go wrong between a config and an Envoy that serves it.

use std::path::PathBuf;

use crate::Version;

/// Why there is no Envoy that serves. Each is one line that says what to do.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No Envoy was named, and none is on PATH.
    #[error("no Envoy: name one with --envoy or in ENVOY, or put one on PATH")]
    Absent,
    /// What was named does not run.
    #[error("{} does not run as Envoy: {why}", path.display())]
    NoEnvoy {
        /// The file that was named.
        path: PathBuf,
        /// The operating system's words, or what the program said.
        why: String,
    },
    /// It is older than what the filters need.
    #[error("{} is Envoy {version}: name one of {} or newer", path.display(), Version::OLDEST)]
    TooOld {
        /// The program.
        path: PathBuf,
        /// Its version.
        version: Version,
    },
    /// Another process listens there.
    #[error("port {port} is taken: choose another with {option}")]
    PortTaken {
        /// The port.
        port: u16,
        /// The option of `hachure run` that sets it.
        option: &'static str,
    },
    /// Envoy refused the config. What our filters said comes first, else Envoy's own words.
    #[error("{}", lines.join("\n"))]
    Refused {
        /// One line for each thing that is wrong.
        lines: Vec<String>,
    },
    /// Envoy ended for another cause.
    #[error("Envoy ended: {why}; its log is {}", log.display())]
    Ended {
        /// The end of its log.
        why: String,
        /// The file.
        log: PathBuf,
    },
    /// Envoy runs and does not serve.
    #[error("Envoy does not serve after {seconds} s; its log is {}", log.display())]
    NotReady {
        /// How long it was waited for.
        seconds: u64,
        /// The file.
        log: PathBuf,
    },
    /// The admin interface did not answer.
    #[error("Envoy's admin interface: {0}")]
    Admin(String),
    /// A file of this run cannot be written or read.
    #[error("{}: {why}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The operating system's words.
        why: std::io::Error,
    },
}
