//! A Kubernetes API server and what runs against it, as processes of this machine in a network
//! namespace of their own: etcd, kube-apiserver, Contour, and an Envoy that Contour configures.
//!
//! No kubelet and no controllers run there: the harness writes Services with their EndpointSlices.

mod api;
mod contour;
mod edge;
mod extension;
mod forward;
pub mod namespace;
pub mod objects;

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::services::Authority;
use crate::services::program::{Program, named};
use crate::setup::scratch;
use api::Api;
pub use contour::{Contour, Xds};
pub use edge::Edge;
pub use extension::Extension;
pub use forward::Forward;

/// Where the API server and etcd listen: the namespace has no other users.
const API_PORT: u16 = 6443;
const ETCD_PORT: u16 = 2379;
const ETCD_PEER_PORT: u16 = 2380;
/// The token of the one user, who may do everything.
const TOKEN: &str = "administrator-of-a-test";

/// An API server with an empty etcd. The namespace must have been entered.
pub struct Cluster {
    api: Api,
    server: Program,
    _etcd: Program,
    folder: TempDir,
}

impl Cluster {
    /// Starts both and waits until the API server is ready.
    pub fn start() -> Self {
        let folder = scratch();
        let at = folder.path();
        let authority = Authority::new("the API server's");
        let identity = authority.issue("127.0.0.1");
        let write = |name: &str, text: &str| fs::write(at.join(name), text).expect(name);
        write("ca.pem", &authority.pem());
        write("server.pem", &identity.certificate);
        write("server.key", &identity.key);
        write(
            "tokens.csv",
            &format!("{TOKEN},admin,admin,system:masters\n"),
        );
        let kubeconfig = kubeconfig(&at.join("ca.pem"));
        write("kubeconfig.json", &kubeconfig.to_string());
        let etcd = etcd(at);
        let api = Api::new(API_PORT, TOKEN, &authority.pem());
        let server = api_server(at, &api);
        Self {
            api,
            server,
            _etcd: etcd,
            folder,
        }
    }

    /// A kubeconfig of the user who may do everything.
    pub fn kubeconfig(&self) -> PathBuf {
        self.folder.path().join("kubeconfig.json")
    }

    /// Creates the object, or makes what is there like it (server-side apply).
    pub fn apply(&self, object: &Value) {
        self.api.apply(object).unwrap_or_else(|why| panic!("{why}"));
    }

    /// The same; the error is what the API server says.
    pub fn try_apply(&self, object: &Value) -> Result<(), String> {
        self.api.apply(object).map(drop)
    }

    /// Deletes an object that is there.
    pub fn delete(&self, object: &Value) {
        let deleted = self.api.delete(object);
        deleted.unwrap_or_else(|why| panic!("{why}"));
    }

    /// The object as the API server has it now, named by kind and name.
    pub fn get(&self, object: &Value) -> Value {
        self.api.get(object).unwrap_or_else(|why| panic!("{why}"))
    }

    /// Shows the end of the API server's log.
    pub fn show_log(&self) {
        self.server.show_log();
    }

    /// Creates every object of a file of YAML documents.
    pub fn apply_file(&self, file: &Path) {
        let text = fs::read_to_string(file).unwrap_or_else(|why| panic!("{file:?}: {why}"));
        for document in objects::documents(&text) {
            self.apply(&document);
        }
    }
}

fn address(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}

fn kubeconfig(authority: &Path) -> Value {
    let cluster = json!({
        "server": format!("https://{}", address(API_PORT)),
        "certificate-authority": authority,
    });
    json!({
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "test", "cluster": cluster}],
        "users": [{"name": "admin", "user": {"token": TOKEN}}],
        "contexts": [{"name": "test", "context": {"cluster": "test", "user": "admin"}}],
        "current-context": "test",
    })
}

fn etcd(folder: &Path) -> Program {
    let client = format!("http://{}", address(ETCD_PORT));
    let peer = format!("http://{}", address(ETCD_PEER_PORT));
    let mut command = Command::new(named("ETCD", "etcd"));
    command.arg("--data-dir").arg(folder.join("etcd"));
    // What is lost with a crash of this machine is a test.
    command.arg("--unsafe-no-fsync");
    command.args(["--listen-client-urls", &client]);
    command.args(["--advertise-client-urls", &client]);
    command.args(["--listen-peer-urls", &peer]);
    command.args(["--initial-advertise-peer-urls", &peer]);
    command.args(["--initial-cluster", &format!("default={peer}")]);
    let ready = || std::net::TcpStream::connect(address(ETCD_PORT)).is_ok();
    Program::start("etcd", command, folder, ready)
}

fn api_server(folder: &Path, api: &Api) -> Program {
    let file = |name: &str| folder.join(name).display().to_string();
    let mut command = Command::new(named("KUBE_APISERVER", "kube-apiserver"));
    let port = API_PORT.to_string();
    let etcd = format!("http://{}", address(ETCD_PORT));
    let network = namespace::ADDRESS.to_string();
    let (certificate, key) = (file("server.pem"), file("server.key"));
    for (name, value) in [
        ("etcd-servers", etcd.as_str()),
        ("secure-port", &port),
        ("bind-address", "127.0.0.1"),
        ("advertise-address", &network),
        ("tls-cert-file", &certificate),
        ("tls-private-key-file", &key),
        ("token-auth-file", &file("tokens.csv")),
        ("authorization-mode", "RBAC"),
        ("service-cluster-ip-range", "10.96.0.0/16"),
        ("service-account-issuer", "https://kubernetes.default.svc"),
        ("service-account-key-file", &certificate),
        ("service-account-signing-key-file", &key),
        ("disable-admission-plugins", "ServiceAccount"),
    ] {
        command.arg(format!("--{name}={value}"));
    }
    Program::start("kube-apiserver", command, folder, || api.is_ready())
}
