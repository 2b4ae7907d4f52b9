//! Stock Contour, with the certificates that its own `certgen` makes.

use std::fs;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::volume::Volume;
use super::{Cluster, address};
use crate::services::program::{Program, named};
use crate::setup::scratch;

/// Where Contour serves xDS, as it does by default.
const XDS_PORT: u16 = 8001;
const CONFIG: &str = "contour.yaml";

/// The Secret, in the namespace `shop`, of the certificate for clients that name no host.
pub const FALLBACK: &str = "fallback";

/// The ports of a Contour: xDS, then health and metrics, then debugging.
#[derive(Debug, Clone, Copy)]
struct Ports {
    xds: u16,
    http: u16,
    debug: u16,
}

/// As by default.
const FIRST: Ports = Ports {
    xds: XDS_PORT,
    http: 8000,
    debug: 6060,
};
/// Of one beside the other, without TLS or for a Gateway.
const BESIDE: Ports = Ports {
    xds: 8201,
    http: 8200,
    debug: 6160,
};

/// An xDS server and what its clients need to trust it and to be trusted.
#[derive(Debug, Clone)]
pub struct Xds {
    /// Its port on loopback.
    pub port: u16,
    /// The folder of the certificates, named as `contour certgen --pem` names them; none without TLS.
    pub certificates: Option<PathBuf>,
}

/// A Contour that serves xDS for the objects of a cluster.
pub struct Contour {
    program: Option<Program>,
    folder: TempDir,
    certificates: Option<Volume>,
    kubeconfig: PathBuf,
    ports: Ports,
    access_log: Option<PathBuf>,
}

impl Contour {
    /// Starts one with mTLS, after its resources were defined.
    pub fn start(cluster: &Cluster) -> Self {
        define(cluster);
        let fallback = json!({"namespace": "shop", "name": FALLBACK});
        let config = json!({"tls": {"fallback-certificate": fallback}});
        Self::start_with(cluster, FIRST, &config, None)
    }

    /// The same; its Envoys log requests to a file.
    pub fn start_logging(cluster: &Cluster, access_log: &Path) -> Self {
        define(cluster);
        let config = json!({});
        Self::start_with(cluster, FIRST, &config, Some(access_log))
    }

    /// Starts one for a Gateway beside the other.
    pub fn start_for_gateway(cluster: &Cluster, namespace: &str, name: &str) -> Self {
        let gateway = json!({"namespace": namespace, "name": name});
        let config = json!({"gateway": {"gatewayRef": gateway}});
        Self::start_with(cluster, BESIDE, &config, None)
    }

    fn start_with(
        cluster: &Cluster,
        ports: Ports,
        config: &Value,
        access_log: Option<&Path>,
    ) -> Self {
        let folder = scratch();
        // What is JSON is YAML.
        fs::write(folder.path().join(CONFIG), config.to_string()).expect("a config");
        let certificates = Volume::new(folder.path().join("certificates"));
        let mut contour = Self {
            program: None,
            folder,
            certificates: Some(certificates),
            kubeconfig: cluster.kubeconfig(),
            ports,
            access_log: access_log.map(Path::to_path_buf),
        };
        contour.rotate();
        contour.come_back();
        contour
    }

    /// Starts one without TLS, beside one with it.
    pub fn start_insecure(cluster: &Cluster) -> Self {
        let folder = scratch();
        fs::write(folder.path().join(CONFIG), "{}").expect("a config");
        let mut contour = Self {
            program: None,
            folder,
            certificates: None,
            kubeconfig: cluster.kubeconfig(),
            ports: BESIDE,
            access_log: None,
        };
        contour.come_back();
        contour
    }

    /// Where it serves.
    pub fn xds(&self) -> Xds {
        let certificates = self.certificates.as_ref();
        Xds {
            port: self.ports.xds,
            certificates: certificates.map(|volume| volume.folder().to_path_buf()),
        }
    }

    /// Puts new certificates in place of those that it, Envoys and what is between them read: of a
    /// new authority, too.
    pub fn rotate(&mut self) {
        let certificates = self.certificates.as_mut().expect("TLS");
        let made = scratch();
        certgen(made.path(), &self.kubeconfig);
        certificates.publish(made.path());
    }

    /// A copy of the certificates that are there now.
    pub fn certificates(&self) -> TempDir {
        let certificates = self.certificates.as_ref().expect("TLS");
        let copy = scratch();
        certificates.copy(copy.path());
        copy
    }

    /// Shows the end of its log.
    pub fn show_log(&self) {
        self.program.iter().for_each(Program::show_log);
    }

    /// Ends it.
    pub fn go_away(&mut self) {
        self.program = None;
    }

    /// Starts it again where it was ended.
    pub fn come_back(&mut self) {
        let mut command = Command::new(named("CONTOUR", "contour"));
        command.arg("serve").arg("--disable-leader-election");
        command.arg("--kubeconfig").arg(&self.kubeconfig);
        let at = self.folder.path();
        let Ports { xds, http, debug } = self.ports;
        command.arg("--config-path").arg(at.join(CONFIG));
        command.arg("--xds-address=127.0.0.1");
        for (flag, port) in [
            ("xds-port", xds),
            ("http-port", http),
            ("health-port", http),
            ("debug-http-port", debug),
        ] {
            command.arg(format!("--{flag}={port}"));
        }
        if let Some(file) = &self.access_log {
            command.arg("--envoy-http-access-log").arg(file);
        }
        match &self.xds().certificates {
            Some(folder) => {
                for (flag, file) in [
                    ("--contour-cafile", "cacert.pem"),
                    ("--contour-cert-file", "contourcert.pem"),
                    ("--contour-key-file", "contourkey.pem"),
                ] {
                    command.arg(flag).arg(folder.join(file));
                }
            }
            None => drop(command.arg("--insecure")),
        }
        let ready = || TcpStream::connect(address(xds)).is_ok();
        self.program = Some(Program::start("contour", command, at, ready));
    }
}

/// Defines its resources.
fn define(cluster: &Cluster) {
    cluster.apply_file(&named("CONTOUR", "contour").with_file_name("01-crds.yaml"));
}

/// Makes certificates for Contour and its Envoys.
fn certgen(folder: &Path, kubeconfig: &Path) {
    let mut command = Command::new(named("CONTOUR", "contour"));
    command.args(["certgen", "--pem", "--overwrite"]);
    // It makes a client even where it writes only files.
    command.arg("--kubeconfig").arg(kubeconfig);
    let output = command.arg(folder).output().expect("contour");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "contour certgen: {said}");
}
