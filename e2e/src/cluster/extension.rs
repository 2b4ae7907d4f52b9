//! `contour-extension` between Contour and its Envoys.

use std::fs;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use super::{Cluster, Xds, address};
use crate::services::program::Program;
use crate::setup::{repository, scratch};

const PORT: u16 = 8101;

/// A running `contour-extension`.
pub struct Extension {
    program: Option<Program>,
    contour: Xds,
    kubeconfig: PathBuf,
    folder: TempDir,
}

impl Extension {
    /// Starts one in front of a Contour, after its resource was defined.
    pub fn start(cluster: &Cluster, contour: &Xds) -> Self {
        let definition = Command::new(program())
            .arg("crd")
            .output()
            .expect("a definition");
        let definition: Value = serde_json::from_slice(&definition.stdout).expect("JSON");
        cluster.apply(&definition);
        let mut extension = Self {
            program: None,
            contour: contour.clone(),
            kubeconfig: cluster.kubeconfig(),
            folder: scratch(),
        };
        extension.come_back();
        extension
    }

    /// Where it serves, with Contour's certificates.
    pub fn xds(&self) -> Xds {
        Xds {
            port: PORT,
            ..self.contour.clone()
        }
    }

    /// Ends it.
    pub fn go_away(&mut self) {
        self.program = None;
    }

    /// Starts it again where it was ended.
    pub fn come_back(&mut self) {
        let mut command = Command::new(program());
        command
            .arg("serve")
            .arg("--listen")
            .arg(address(PORT).to_string());
        command
            .arg("--contour")
            .arg(address(self.contour.port).to_string());
        for (flag, file) in [
            ("--authority", "cacert.pem"),
            ("--server-certificate", "contourcert.pem"),
            ("--server-key", "contourkey.pem"),
            ("--client-certificate", "envoycert.pem"),
            ("--client-key", "envoykey.pem"),
        ] {
            command.arg(flag).arg(self.contour.certificates.join(file));
        }
        command.arg("--kubeconfig").arg(&self.kubeconfig);
        command
            .arg("--modules")
            .arg(repository().join("target/modules"));
        command.arg("--shared").arg(self.shared());
        let ready = || TcpStream::connect(address(PORT)).is_ok();
        let at = self.folder.path();
        self.program = Some(Program::start("contour-extension", command, at, ready));
    }

    fn shared(&self) -> PathBuf {
        self.folder.path().join("shared")
    }

    /// Spoils the module of a filter as Envoys find it, as a full or a broken disk would; they read
    /// it when a listener with it comes.
    pub fn spoil_module(&self, filter: &str) {
        for entry in fs::read_dir(self.shared()).expect("modules").flatten() {
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
        for (flag, file) in [
            ("--authority", "cacert.pem"),
            ("--client-certificate", "envoycert.pem"),
            ("--client-key", "envoykey.pem"),
        ] {
            command.arg(flag).arg(self.contour.certificates.join(file));
        }
        let status = command.status().expect("contour-extension");
        assert!(status.success(), "nothing is recorded: {status}");
    }

    /// Shows the end of its log.
    pub fn show_log(&self) {
        self.program.iter().for_each(Program::show_log);
    }
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
