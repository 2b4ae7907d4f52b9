//! An Envoy that gets everything over xDS, started as Contour's own manifests start it.

use std::fs;
use std::io::{Read, Write};
use std::net::SocketAddr;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use super::{Xds, address};
use crate::services::program::{Program, named};
use crate::setup::{envoy, scratch};

/// Where Contour tells Envoy to serve plain HTTP and TLS.
const HTTP_PORT: u16 = 8080;
const HTTPS_PORT: u16 = 8443;
const LIMIT: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(20);

/// A running Envoy whose xDS server is Contour, or what stands in front of it. Its ports are
/// Contour's: two of them share the connections.
pub struct Edge {
    program: Program,
    folder: TempDir,
}

impl Edge {
    /// Starts one and waits until it has its bootstrap, not its listeners: those may depend on
    /// objects to come.
    pub fn start(xds: &Xds) -> Self {
        Self::begin("edge", xds, |_| ())
    }

    /// Starts one under another name than the first has.
    pub fn start_as(node: &str, xds: &Xds) -> Self {
        Self::begin(node, xds, |_| ())
    }

    /// The first with another bootstrap than Contour's.
    pub fn start_with(xds: &Xds, change: impl FnOnce(&mut Value)) -> Self {
        Self::begin("edge", xds, change)
    }

    fn begin(node: &str, xds: &Xds, change: impl FnOnce(&mut Value)) -> Self {
        let folder = scratch();
        let at = folder.path();
        let bootstrap = at.join("bootstrap.json");
        let mut command = Command::new(named("CONTOUR", "contour"));
        command.arg("bootstrap").arg(&bootstrap);
        command.args([
            "--xds-address=127.0.0.1",
            &format!("--xds-port={}", xds.port),
        ]);
        command.arg("--admin-address").arg(at.join("admin.sock"));
        if let Some(folder) = &xds.certificates {
            // Files that Envoy watches: the path to what Envoy makes of them.
            command.arg("--resources-dir").arg(at.join("resources"));
            for (flag, file) in [
                ("--envoy-cafile", "cacert.pem"),
                ("--envoy-cert-file", "envoycert.pem"),
                ("--envoy-key-file", "envoykey.pem"),
            ] {
                command.arg(flag).arg(folder.join(file));
            }
        }
        let output = command.output().expect("contour");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "contour bootstrap: {said}");
        let text = fs::read_to_string(&bootstrap).expect("a bootstrap");
        let mut config = serde_json::from_str(&text).expect("JSON");
        change(&mut config);
        fs::write(&bootstrap, config.to_string()).expect("a bootstrap");

        let mut command = Command::new(envoy().path());
        command.arg("--config-path").arg(&bootstrap);
        command.args([
            "--service-cluster",
            "projectcontour",
            "--service-node",
            node,
        ]);
        command.args(["--disable-hot-restart", "--concurrency", "2"]);
        // Envoy closes connections of a listener that was replaced at random, more and more until
        // this time is over. Here they stay, so that tests see what they are answered.
        command.args(["--drain-time-s", "360000"]);
        let ready = || UnixStream::connect(at.join("admin.sock")).is_ok();
        let program = Program::start("envoy", command, at, ready);
        Self { program, folder }
    }

    /// The address for plain HTTP.
    pub fn http(&self) -> SocketAddr {
        address(HTTP_PORT)
    }

    /// The address for TLS.
    pub fn https(&self) -> SocketAddr {
        address(HTTPS_PORT)
    }

    /// Waits until it is as it should be.
    pub fn wait_until(&self, what: impl Fn(&Self) -> bool) {
        let start = Instant::now();
        while !what(self) {
            assert!(start.elapsed() < LIMIT, "Envoy is not as it should be");
            sleep(POLL);
        }
    }

    /// What the admin interface answers to a GET; the body of a 200.
    pub fn admin(&self, path: &str) -> String {
        let mut stream = UnixStream::connect(self.admin_socket()).expect("admin");
        let request = format!("GET {path} HTTP/1.1\r\nhost: admin\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).expect("a request");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
        assert!(head.contains(" 200 "), "{path}: {head}");
        match head.to_lowercase().contains("transfer-encoding: chunked") {
            true => chunks(body),
            false => body.to_owned(),
        }
    }

    /// The value of a counter or gauge; 0 where Envoy does not have it.
    pub fn stat(&self, name: &str) -> u64 {
        let text = self.admin(&format!("/stats?filter=^{name}$"));
        let value = text
            .trim()
            .rsplit_once(": ")
            .map(|(_, value)| value.parse());
        value.map_or(0, |value| value.expect("a number"))
    }

    /// The configuration that it has.
    pub fn config(&self) -> Value {
        serde_json::from_str(&self.admin("/config_dump")).expect("JSON")
    }

    /// The socket of the admin interface.
    pub fn admin_socket(&self) -> PathBuf {
        self.folder.path().join("admin.sock")
    }

    /// Its log.
    pub fn log(&self) -> PathBuf {
        self.folder.path().join("envoy.log")
    }

    /// Shows the end of its log.
    pub fn show_log(&self) {
        self.program.show_log();
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.program.id()
    }
}

/// The content of a chunked body (RFC 9112, 7.1).
fn chunks(mut body: &str) -> String {
    let mut content = String::new();
    while let Some((size, rest)) = body.split_once("\r\n") {
        let size = usize::from_str_radix(size, 16).expect("a size");
        let Some((chunk, rest)) = rest.split_at_checked(size).filter(|_| size > 0) else {
            break;
        };
        content.push_str(chunk);
        body = rest.strip_prefix("\r\n").expect("the end of a chunk");
    }
    content
}
