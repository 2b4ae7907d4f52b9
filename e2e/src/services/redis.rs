//! Redis.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::program::{Program, named};
use crate::setup::scratch;

/// A Redis in memory, on a Unix socket of its own, that can go away and come back empty.
pub struct Redis {
    program: Option<Program>,
    folder: TempDir,
}

impl Redis {
    /// Starts one.
    pub fn start() -> Self {
        let mut redis = Self {
            program: None,
            folder: scratch(),
        };
        redis.come_back();
        redis
    }

    /// The socket.
    pub fn socket(&self) -> PathBuf {
        self.folder.path().join("redis.sock")
    }

    /// Ends it; who is connected is cut off.
    pub fn go_away(&mut self) {
        self.program = None;
    }

    /// Starts it again, on the same socket and empty.
    pub fn come_back(&mut self) {
        let socket = self.socket();
        let mut command = Command::new(named("REDIS", "redis"));
        command.args(["--port", "0", "--save", "", "--appendonly", "no"]);
        command.arg("--unixsocket").arg(&socket);
        command.arg("--dir").arg(self.folder.path());
        let ready = || ask(&socket, "PING").is_ok_and(|answer| answer == "+PONG");
        self.program = Some(Program::start("redis", command, self.folder.path(), ready));
    }

    /// Sends an inline command and returns the first line of the answer, as the protocol has it:
    /// `+PONG`, `:3`.
    pub fn ask(&self, command: &str) -> String {
        ask(&self.socket(), command).expect("an answer of Redis")
    }

    /// Its process id; none while it is away.
    pub fn id(&self) -> Option<u32> {
        self.program.as_ref().map(Program::id)
    }
}

fn ask(socket: &Path, command: &str) -> std::io::Result<String> {
    let mut stream = UnixStream::connect(socket)?;
    stream.write_all(format!("{command}\r\n").as_bytes())?;
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line)?;
    Ok(line.trim_end().to_owned())
}
