//! Stock Contour, with the certificates that its own `certgen` makes.

use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::volume::Volume;
use super::{Cluster, address};
use crate::services::program::{Program, named};
use crate::setup::scratch;

/// Where Contour serves xDS, as it does by default.
const XDS_PORT: u16 = 8001;
/// The ports of one that serves without TLS, beside the other: xDS, then what is also served.
const INSECURE_PORTS: [u16; 3] = [8201, 8200, 6160];

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
}

impl Contour {
    /// Starts one with mTLS, after its resources were defined.
    pub fn start(cluster: &Cluster) -> Self {
        cluster.apply_file(&named("CONTOUR", "contour").with_file_name("01-crds.yaml"));
        let folder = scratch();
        let certificates = Volume::new(folder.path().join("certificates"));
        let mut contour = Self {
            program: None,
            folder,
            certificates: Some(certificates),
            kubeconfig: cluster.kubeconfig(),
        };
        contour.rotate();
        contour.come_back();
        contour
    }

    /// Starts one without TLS, beside one with it.
    pub fn start_insecure(cluster: &Cluster) -> Self {
        let mut contour = Self {
            program: None,
            folder: scratch(),
            certificates: None,
            kubeconfig: cluster.kubeconfig(),
        };
        contour.come_back();
        contour
    }

    /// Where it serves.
    pub fn xds(&self) -> Xds {
        let certificates = self.certificates.as_ref();
        Xds {
            port: certificates.map_or(INSECURE_PORTS[0], |_| XDS_PORT),
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
        let xds = self.xds();
        command.args([
            "--xds-address=127.0.0.1",
            &format!("--xds-port={}", xds.port),
        ]);
        match &xds.certificates {
            Some(folder) => {
                for (flag, file) in [
                    ("--contour-cafile", "cacert.pem"),
                    ("--contour-cert-file", "contourcert.pem"),
                    ("--contour-key-file", "contourkey.pem"),
                ] {
                    command.arg(flag).arg(folder.join(file));
                }
            }
            None => {
                let [_, http, debug] = INSECURE_PORTS.map(|port| port.to_string());
                command.args(["--insecure", "--http-port", &http, "--health-port", &http]);
                command.args(["--debug-http-port", &debug]);
            }
        }
        let ready = || TcpStream::connect(address(xds.port)).is_ok();
        let at = self.folder.path();
        self.program = Some(Program::start("contour", command, at, ready));
    }
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
