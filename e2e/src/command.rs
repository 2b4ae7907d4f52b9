//! The command `hachure`, and an Envoy with a config that it has rendered.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use hachure_envoy::Admin;
use serde_json::Value;
use tempfile::TempDir;

use crate::services::program::Program;
use crate::setup::{envoy, repository, scratch};

/// Runs it in the repository.
pub fn hachure(arguments: &[&str]) -> Output {
    let file = repository().join("target/debug/hachure");
    assert!(
        file.is_file(),
        "{} is not there: cargo build -p hachure",
        file.display()
    );
    let mut command = Command::new(file);
    command.args(arguments).current_dir(repository());
    command.output().expect("hachure")
}

/// The same; what it prints, where it is content.
pub fn printed(arguments: &[&str]) -> String {
    let output = hachure(arguments);
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{err}{}", text(&output));
    text(&output)
}

/// What it has printed, whatever came of it.
pub fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// A running Envoy with a text as its config.
pub struct Rendered {
    program: Program,
    folder: TempDir,
}

impl Rendered {
    /// Starts one and waits until it serves.
    pub fn start(config: &str) -> Self {
        let folder = scratch();
        let at = folder.path().to_path_buf();
        let file = at.join("envoy.yaml");
        fs::write(&file, config).expect("a config");
        let mut command = Command::new(envoy().path());
        command.arg("--config-path").arg(file);
        command.args(["--disable-hot-restart", "--concurrency", "1"]);
        command.args(["--file-flush-interval-msec", "100"]);
        command.arg("--admin-address-path").arg(at.join("admin"));
        let ready = || {
            let admin = admin(&at).and_then(|url| Admin::reach(&url).ok());
            let info = admin.and_then(|admin| admin.json("/server_info", &[]).ok());
            info.is_some_and(|info| info.get("state") == Some(&Value::from("LIVE")))
        };
        let program = Program::start("envoy", command, folder.path(), ready);
        Self { program, folder }
    }

    /// The URL of its admin interface.
    pub fn admin(&self) -> String {
        admin(self.folder.path()).expect("it has started")
    }

    /// Where a listener listens.
    pub fn listener(&self, name: &str) -> SocketAddr {
        let admin = Admin::reach(&self.admin()).expect("a URL");
        let listeners = admin.listeners().expect("listeners");
        *listeners.get(name).expect("a listener of that name")
    }

    /// What it has printed: access logs to `/dev/stdout` and its own log.
    pub fn log(&self) -> PathBuf {
        self.folder.path().join("envoy.log")
    }

    /// Shows the end of its log.
    pub fn show_log(&self) {
        self.program.show_log();
    }
}

fn admin(folder: &Path) -> Option<String> {
    let address = fs::read_to_string(folder.join("admin")).ok()?;
    let address: SocketAddr = address.trim().parse().ok()?;
    Some(format!("http://{address}"))
}
