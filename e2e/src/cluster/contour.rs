//! Stock Contour, with the certificates that its own `certgen` makes.

use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::{Cluster, address};
use crate::services::program::{Program, named};
use crate::setup::scratch;

/// Where Contour serves xDS, as it does by default.
const XDS_PORT: u16 = 8001;

/// An xDS server and what its clients need to trust it and to be trusted.
#[derive(Debug, Clone)]
pub struct Xds {
    /// Its port on loopback.
    pub port: u16,
    /// The folder of the certificates, named as `contour certgen --pem` names them.
    pub certificates: PathBuf,
}

/// A Contour that serves xDS over mTLS for the objects of a cluster.
pub struct Contour {
    program: Option<Program>,
    folder: TempDir,
    kubeconfig: PathBuf,
}

impl Contour {
    /// Starts one, after its resources were defined.
    pub fn start(cluster: &Cluster) -> Self {
        cluster.apply_file(&named("CONTOUR", "contour").with_file_name("01-crds.yaml"));
        let folder = scratch();
        certificates(folder.path(), &cluster.kubeconfig());
        let mut contour = Self {
            program: None,
            folder,
            kubeconfig: cluster.kubeconfig(),
        };
        contour.come_back();
        contour
    }

    /// Where it serves.
    pub fn xds(&self) -> Xds {
        Xds {
            port: XDS_PORT,
            certificates: self.folder.path().to_path_buf(),
        }
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
        let at = self.folder.path();
        let mut command = Command::new(named("CONTOUR", "contour"));
        command.arg("serve").arg("--disable-leader-election");
        command.arg("--kubeconfig").arg(&self.kubeconfig);
        command.args(["--xds-address=127.0.0.1", &format!("--xds-port={XDS_PORT}")]);
        for (flag, file) in [
            ("--contour-cafile", "cacert.pem"),
            ("--contour-cert-file", "contourcert.pem"),
            ("--contour-key-file", "contourkey.pem"),
        ] {
            command.arg(flag).arg(at.join(file));
        }
        let ready = || TcpStream::connect(address(XDS_PORT)).is_ok();
        self.program = Some(Program::start("contour", command, at, ready));
    }
}

/// Makes new certificates for Contour and its Envoys, in place of those in the folder.
fn certificates(folder: &Path, kubeconfig: &Path) {
    let mut command = Command::new(named("CONTOUR", "contour"));
    command.args(["certgen", "--pem", "--overwrite"]);
    // It makes a client even where it writes only files.
    command.arg("--kubeconfig").arg(kubeconfig);
    let output = command.arg(folder).output().expect("contour");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "contour certgen: {said}");
}
