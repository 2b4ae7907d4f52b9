//! Envoy's access log on standard output and, when asked for, its log on standard error.

use std::fs::File;
use std::io::{BufRead, BufReader, PipeReader, PipeWriter, Read};
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::output;

const POLL: Duration = Duration::from_millis(100);

/// Where Envoy writes, and the threads that print it.
pub(super) struct Logs {
    access: PipeWriter,
    readers: Vec<JoinHandle<()>>,
    ended: Arc<AtomicBool>,
}

impl Logs {
    /// Prints the access log where `access` says so, and Envoy's log in `folder` where `verbose`
    /// does.
    pub(super) fn open(folder: &Path, verbose: bool, access: bool) -> Result<Self> {
        let (reader, writer) = std::io::pipe().context("a pipe for the access log")?;
        let ended = Arc::new(AtomicBool::new(false));
        let mut readers = vec![std::thread::spawn(move || print_lines(reader, access))];
        if verbose {
            let (file, ended) = (folder.join("envoy.log"), Arc::clone(&ended));
            readers.push(std::thread::spawn(move || follow(&file, &ended)));
        }
        Ok(Self {
            access: writer,
            readers,
            ended,
        })
    }

    /// The file into which Envoy is to write its access log: our end of the pipe.
    pub(super) fn access_log(&self) -> PathBuf {
        let id = std::process::id();
        PathBuf::from(format!("/proc/{id}/fd/{}", self.access.as_raw_fd()))
    }

    /// Prints what is left. Envoy has ended.
    pub(super) fn close(self) {
        self.ended.store(true, Ordering::Relaxed);
        drop(self.access);
        for reader in self.readers {
            // It has nothing to say but what it has printed.
            let _ = reader.join();
        }
    }
}

fn print_lines(pipe: PipeReader, wanted: bool) {
    for line in BufReader::new(pipe).lines().map_while(Result::ok) {
        if wanted && output::print(&format!("{line}\n")).is_err() {
            return;
        }
    }
}

/// Prints a file that grows, until `ended`.
fn follow(file: &Path, ended: &AtomicBool) {
    let mut open = None;
    let mut text = Vec::new();
    loop {
        let last = ended.load(Ordering::Relaxed);
        open = open.or_else(|| File::open(file).ok());
        let read = open
            .as_mut()
            .and_then(|file| file.read_to_end(&mut text).ok());
        if read.is_some_and(|bytes| bytes > 0) {
            output::complain(String::from_utf8_lossy(&text).trim_end());
            text.clear();
        }
        if last {
            return;
        }
        std::thread::sleep(POLL);
    }
}
