//! A running Envoy.

mod child;
mod log;

use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::time::{Duration, Instant};

use crate::admin::Admin;
use crate::{Binary, Bootstrap, Error};
pub use child::Child;
use log::LogFile;
pub use log::RefusedConfig;

/// How often a starting Envoy is asked whether it serves.
const POLL: Duration = Duration::from_millis(20);

/// How to run Envoy.
#[derive(Debug, Clone)]
pub struct Options {
    folder: PathBuf,
    concurrency: u32,
    log_level: String,
    ready_within: Duration,
    environment: Vec<(String, String)>,
}

impl Options {
    /// One worker; Envoy's config, log and admin address in `folder`, which is there.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
            concurrency: 1,
            log_level: "info".into(),
            ready_within: Duration::from_secs(60),
            environment: vec![],
        }
    }

    /// Sets the number of workers.
    pub fn concurrency(mut self, workers: u32) -> Self {
        self.concurrency = workers;
        self
    }

    /// Sets the log level: `trace`, `debug`, `info`, `warning`, `error`.
    pub fn log_level(mut self, level: &str) -> Self {
        self.log_level = level.to_owned();
        self
    }

    /// Sets how long Envoy may take until it serves.
    pub fn ready_within(mut self, limit: Duration) -> Self {
        self.ready_within = limit;
        self
    }

    /// Sets an environment variable.
    pub fn environment(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    fn config(&self) -> PathBuf {
        self.folder.join("envoy.json")
    }

    fn log(&self) -> LogFile {
        LogFile::new(self.folder.join("envoy.log"))
    }

    fn admin_address(&self) -> PathBuf {
        self.folder.join("admin-address")
    }

    /// Envoy with what is the same for every run.
    fn command(&self, binary: &Binary) -> Result<Command, Error> {
        let mut command = Command::new(binary.path());
        command.arg("--config-path").arg(self.config());
        // One Envoy takes nothing over from another, and leaves nothing in shared memory.
        command.arg("--disable-hot-restart");
        command.args(["--log-level", &self.log_level, "--log-format", log::FORMAT]);
        command.args(["--file-flush-interval-msec", "200"]);
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        self.log().capture(&mut command)?;
        Ok(command)
    }
}

/// An Envoy that serves. Dropping it ends it; so does the end of this process, however it comes.
#[derive(Debug)]
pub struct Process {
    child: Child,
    admin: Admin,
    admin_address: SocketAddr,
    listeners: BTreeMap<String, SocketAddr>,
    log: LogFile,
}

impl Process {
    /// Starts Envoy and waits until it serves.
    pub fn start(binary: &Binary, bootstrap: &Bootstrap, options: &Options) -> Result<Self, Error> {
        bootstrap.ports_free()?;
        let config = bootstrap.to_json(binary.version());
        write(&options.config(), &format!("{config:#}\n"))?;
        write(&options.admin_address(), "")?;
        let mut command = options.command(binary)?;
        command.args(["--concurrency", &options.concurrency.to_string()]);
        command
            .arg("--admin-address-path")
            .arg(options.admin_address());
        let child = Child::spawn(command).map_err(|why| Error::NoEnvoy {
            path: binary.path().to_path_buf(),
            why: why.to_string(),
        })?;
        let admin_address = ready(&child, options)?;
        let admin = Admin::at(admin_address);
        let listeners = admin.listeners()?;
        Ok(Self {
            child,
            admin,
            admin_address,
            listeners,
            log: options.log(),
        })
    }

    /// The address on which a listener of the bootstrap listens; none where it has no such one.
    pub fn address(&self, listener: &str) -> Option<SocketAddr> {
        self.listeners.get(listener).copied()
    }

    /// The listeners that Envoy has now, by name. Listeners of a file come and go.
    pub fn listeners(&self) -> Result<BTreeMap<String, SocketAddr>, Error> {
        self.admin.listeners()
    }

    /// The address of the admin interface.
    pub fn admin(&self) -> SocketAddr {
        self.admin_address
    }

    /// Counters and gauges whose names the regular expression finds, by name.
    pub fn stats(&self, filter: &str) -> Result<BTreeMap<String, u64>, Error> {
        self.admin.stats(filter)
    }

    /// Envoy's process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The file of Envoy's log.
    pub fn log(&self) -> &Path {
        self.log.path()
    }

    /// The configs that our filters have refused so far, in the order of Envoy's log.
    pub fn refused(&self) -> Vec<RefusedConfig> {
        self.log.refused()
    }

    /// How Envoy ended, if it has ended by itself.
    pub fn ended(&self) -> Option<ExitStatus> {
        self.child.ended()
    }

    /// Ends Envoy and waits for its end.
    pub fn stop(self) {
        drop(self);
    }
}

/// Waits until Envoy serves, or says why it will not.
fn ready(child: &Child, options: &Options) -> Result<SocketAddr, Error> {
    let start = Instant::now();
    while start.elapsed() < options.ready_within {
        if let Some(status) = child.ended() {
            return Err(options.log().why_it_ended(status));
        }
        let address = fs::read_to_string(options.admin_address()).unwrap_or_default();
        if let Ok(address) = address.trim().parse()
            && Admin::at(address).ready()
        {
            return Ok(address);
        }
        std::thread::sleep(POLL);
    }
    let log = options.log().path().to_path_buf();
    Err(Error::NotReady {
        seconds: options.ready_within.as_secs(),
        log,
    })
}

fn write(path: &Path, text: &str) -> Result<(), Error> {
    fs::write(path, text).map_err(|why| Error::File {
        path: path.to_path_buf(),
        why,
    })
}
