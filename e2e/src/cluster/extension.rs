//! `contour-extension` between Contour and its Envoys.

use std::fs;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant};

use hachure_envoy::Protocol;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

use super::{Cluster, Xds, address};
use crate::services::Identity;
use crate::services::program::Program;
use crate::setup::{repository, scratch};
use crate::{Client, request, tls};

const PORT: u16 = 8101;
const METRICS_PORT: u16 = 9191;
const LIMIT: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(20);

/// A running `contour-extension`.
pub struct Extension {
    program: Option<Program>,
    contour: Xds,
    kubeconfig: PathBuf,
    folder: TempDir,
    shared: Arc<TempDir>,
    /// Beside the first one.
    replica: u16,
    gateway: Option<String>,
    allowed_code: Vec<String>,
    shares: bool,
}

impl Extension {
    /// Starts one in front of a Contour, after its resource was defined and it was given its rights.
    pub fn start(cluster: &Cluster, contour: &Xds) -> Self {
        Self::start_at(cluster, contour, 0, None)
    }

    /// Starts one in front of the Contour of a Gateway, given as `<namespace>/<name>`.
    pub fn start_for_gateway(cluster: &Cluster, contour: &Xds, gateway: &str) -> Self {
        Self::start_at(cluster, contour, 1, Some(gateway.to_owned()))
    }

    fn start_at(cluster: &Cluster, contour: &Xds, replica: u16, gateway: Option<String>) -> Self {
        let definition = Command::new(program())
            .arg("crd")
            .output()
            .expect("a definition");
        let definition: Value = serde_json::from_slice(&definition.stdout).expect("JSON");
        cluster.apply(&definition);
        cluster.apply_file(&repository().join("manifests/contour-extension/account/account.yaml"));
        let mut extension = Self {
            program: None,
            contour: contour.clone(),
            kubeconfig: cluster.kubeconfig_of_extension(),
            folder: scratch(),
            shared: Arc::new(scratch()),
            replica,
            gateway,
            allowed_code: vec![],
            shares: true,
        };
        extension.come_back();
        extension
    }

    /// Starts another one beside it.
    pub fn replica(&self, contour: &Xds) -> Self {
        let mut replica = Self {
            program: None,
            contour: contour.clone(),
            kubeconfig: self.kubeconfig.clone(),
            folder: scratch(),
            shared: Arc::clone(&self.shared),
            replica: self.replica + 1,
            gateway: self.gateway.clone(),
            allowed_code: self.allowed_code.clone(),
            shares: self.shares,
        };
        replica.come_back();
        replica
    }

    /// Where it serves, with Contour's certificates.
    pub fn xds(&self) -> Xds {
        Xds {
            port: PORT + self.replica,
            ..self.contour.clone()
        }
    }

    /// Asks it to end, and waits until it has.
    pub fn go_away(&mut self) {
        self.program = None;
    }

    /// Ends it without a chance to do anything more.
    pub fn kill(&mut self) {
        let program = self.program.take().expect("a program");
        signal(&program, Signal::KILL);
    }

    /// Asks it to end; the code with which it does so by itself.
    pub fn end(&mut self) -> Option<i32> {
        let program = self.program.take().expect("a program");
        signal(&program, Signal::TERM);
        let start = Instant::now();
        while start.elapsed() < LIMIT {
            if let Some(status) = program.ended() {
                return status.code();
            }
            sleep(POLL);
        }
        None
    }

    /// Starts it again where it was ended, and waits until it is ready.
    pub fn come_back(&mut self) {
        self.launch();
        self.until_ready();
    }

    /// Waits until it is ready.
    pub fn until_ready(&self) {
        let start = Instant::now();
        loop {
            let (status, text) = self.ask("/readyz");
            if status == 200 {
                return;
            }
            if start.elapsed() > LIMIT {
                self.show_log();
                panic!("{text}");
            }
            sleep(POLL);
        }
    }

    /// The same, without waiting until it is ready.
    pub fn launch(&mut self) {
        let mut command = Command::new(program());
        let port = self.xds().port;
        command.arg("serve");
        for (flag, port) in [
            ("--listen", port),
            ("--contour", self.contour.port),
            ("--metrics", self.metrics_port()),
        ] {
            command.arg(flag).arg(address(port).to_string());
        }
        let modules = repository().join("target/modules");
        for (flag, path) in [
            ("--kubeconfig", self.kubeconfig.as_path()),
            ("--modules", &modules),
        ] {
            command.arg(flag).arg(path);
        }
        let flags = [
            ("--authority", "cacert.pem"),
            ("--server-certificate", "contourcert.pem"),
            ("--server-key", "contourkey.pem"),
            ("--client-certificate", "envoycert.pem"),
            ("--client-key", "envoykey.pem"),
        ];
        match &self.contour.certificates {
            Some(folder) => flags.iter().for_each(|(flag, file)| {
                command.arg(flag).arg(folder.join(file));
            }),
            None => drop(command.arg("--insecure")),
        }
        command.args(["--platform-namespaces", "platform"]);
        if let Some(gateway) = &self.gateway {
            command.args(["--gateway", gateway]);
        }
        command.arg("--store").arg(self.folder.path().join("store"));
        if self.shares {
            command.arg("--shared").arg(self.shared.path());
        }
        if !self.allowed_code.is_empty() {
            command
                .arg("--allowed-code")
                .arg(self.allowed_code.join(","));
        }
        let ready = || TcpStream::connect(address(port)).is_ok();
        let at = self.folder.path();
        self.program = Some(Program::start("contour-extension", command, at, ready));
    }

    /// Where it answers for metrics and health, on loopback.
    pub fn metrics_port(&self) -> u16 {
        METRICS_PORT + self.replica
    }

    /// What `/healthz`, `/readyz` or `/metrics` answers.
    pub fn ask(&self, path: &str) -> (u16, String) {
        let client = Client::new(address(self.metrics_port()), Protocol::Http1);
        let answer = client.send(&request("GET", path, &[]));
        let answer = answer.unwrap_or_else(|why| panic!("{path}: {why}"));
        let body = String::from_utf8(answer.body.clone()).expect("UTF-8");
        (answer.status(), body)
    }

    /// The value of a metric, which is named with its labels as they stand in `/metrics`; none where
    /// it does not stand there.
    pub fn metric(&self, name: &str) -> Option<f64> {
        let (_, text) = self.ask("/metrics");
        let value = text
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        value.map(|value| value.parse().expect("a number"))
    }

    /// Waits until a metric has that value.
    pub fn until_metric(&self, name: &str, value: f64) {
        let start = Instant::now();
        while self.metric(name) != Some(value) {
            if start.elapsed() > LIMIT {
                panic!("{name} is not {value}: {}", self.ask("/metrics").1);
            }
            sleep(POLL);
        }
    }

    /// Whether a client is served that trusts the authority in that folder and shows Envoy's
    /// certificate there.
    pub fn is_reached_with(&self, certificates: &Path) -> Result<(), String> {
        let read = |name: &str| fs::read_to_string(certificates.join(name)).expect(name);
        let identity = Identity {
            certificate: read("envoycert.pem"),
            key: read("envoykey.pem"),
        };
        tls::greet(
            address(self.xds().port),
            "contour",
            &read("cacert.pem"),
            &identity,
        )
    }

    /// Starts it anew with modules allowed from these hosts.
    pub fn allow_code(&mut self, hosts: &[String]) {
        self.allowed_code = hosts.to_vec();
        self.go_away();
        self.come_back();
    }

    /// Starts it anew with or without a folder that Envoys share.
    pub fn share(&mut self, shares: bool) {
        self.shares = shares;
        self.go_away();
        self.come_back();
    }

    /// Spoils the module of a filter as Envoys find it, as a full or a broken disk would; they read
    /// it when a listener with it comes.
    pub fn spoil_module(&self, filter: &str) {
        for entry in fs::read_dir(self.shared.path()).expect("modules").flatten() {
            let file = entry.path();
            let name = file
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            if name.starts_with(&format!("{filter}-")) {
                fs::write(&file, b"no module").expect("a spoilt module");
            }
        }
    }

    /// Writes what Contour serves now into a folder.
    pub fn record(&self, folder: &Path) {
        let mut command = Command::new(program());
        command.arg("record").arg("--into").arg(folder);
        command
            .arg("--contour")
            .arg(address(self.contour.port).to_string());
        let certificates = self.contour.certificates.as_ref().expect("certificates");
        for (flag, file) in [
            ("--authority", "cacert.pem"),
            ("--client-certificate", "envoycert.pem"),
            ("--client-key", "envoykey.pem"),
        ] {
            command.arg(flag).arg(certificates.join(file));
        }
        let status = command.status().expect("contour-extension");
        assert!(status.success(), "nothing is recorded: {status}");
    }

    /// Shows the end of its log.
    pub fn show_log(&self) {
        self.program.iter().for_each(Program::show_log);
    }

    /// What it has logged since it was started.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("contour-extension.log")).expect("a log")
    }
}

fn signal(program: &Program, signal: Signal) {
    let id = i32::try_from(program.id()).ok().and_then(Pid::from_raw);
    kill_process(id.expect("an id"), signal).expect("it runs");
}

/// Built by the step that runs these tests.
fn program() -> PathBuf {
    let file = repository().join("target/debug/contour-extension");
    assert!(
        file.is_file(),
        "{} is not there: cargo build -p hachure-contour-extension",
        file.display()
    );
    file
}
