//! A Kubernetes API server and what runs against it, as processes of this machine in a network
//! namespace of their own: etcd, kube-apiserver, Contour or Envoy Gateway, and an Envoy that is
//! configured by them.
//!
//! No kubelet and no controllers run there: the harness writes Services with their EndpointSlices,
//! or has [`Pods`] stand in for them.

mod api;
mod contour;
mod edge;
pub mod envoy_gateway;
mod extension;
mod forward;
mod kubectl;
pub mod namespace;
pub mod objects;
pub mod pods;
mod volume;

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::services::Authority;
use crate::services::program::{Program, named};
use crate::setup::scratch;
use api::Api;
pub use contour::{Contour, FALLBACK, Xds};
pub use edge::Edge;
pub use envoy_gateway::{EnvoyGateway, Proxy};
pub use extension::Extension;
pub use forward::Forward;
pub use pods::Pods;

/// How long the API server may take to serve a kind that was just defined.
const SERVED: Duration = Duration::from_secs(60);
/// Where the API server and etcd listen: the namespace has no other users.
const API_PORT: u16 = 6443;
const ETCD_PORT: u16 = 2379;
const ETCD_PEER_PORT: u16 = 2380;
/// The address of the Service `kubernetes`: the first of those of Services.
const IN_CLUSTER: &str = "10.96.0.1";
/// The token of the user who may do everything.
const TOKEN: &str = "administrator-of-a-test";
/// The token of `contour-extension`, which may do what its manifest says.
const EXTENSIONS_TOKEN: &str = "extension-of-a-test";
/// Where Contour and `contour-extension` live.
pub const PLATFORM: &str = "projectcontour";

/// An API server with an empty etcd. The namespace must have been entered.
pub struct Cluster {
    api: Api,
    server: Option<Program>,
    _etcd: Program,
    folder: TempDir,
}

impl Cluster {
    /// Starts both and waits until the API server is ready.
    pub fn start() -> Self {
        let folder = scratch();
        let at = folder.path();
        let authority = Authority::new("the API server's");
        let identity = authority.issue_for(&["127.0.0.1", IN_CLUSTER, "kubernetes.default.svc"]);
        let write = |name: &str, text: &str| fs::write(at.join(name), text).expect(name);
        write("ca.pem", &authority.pem());
        write("server.pem", &identity.certificate);
        write("server.key", &identity.key);
        let accounts = format!("system:serviceaccounts,system:serviceaccounts:{PLATFORM}");
        let extension = format!("system:serviceaccount:{PLATFORM}:contour-extension");
        write(
            "tokens.csv",
            &format!(
                "{TOKEN},admin,admin,system:masters\n\
                 {EXTENSIONS_TOKEN},{extension},contour-extension,\"{accounts}\"\n"
            ),
        );
        for (name, token) in [
            ("kubeconfig.json", TOKEN),
            ("extension.json", EXTENSIONS_TOKEN),
        ] {
            let kubeconfig = kubeconfig(address(API_PORT), &at.join("ca.pem"), token);
            write(name, &kubeconfig.to_string());
        }
        let etcd = etcd(at);
        let api = Api::new(API_PORT, TOKEN, &authority.pem());
        let mut cluster = Self {
            api,
            server: None,
            _etcd: etcd,
            folder,
        };
        cluster.come_back();
        cluster.apply(&objects::namespace(PLATFORM));
        cluster
    }

    /// Ends the API server.
    pub fn go_away(&mut self) {
        self.server = None;
    }

    /// Starts it again where it was ended, with all that etcd has.
    pub fn come_back(&mut self) {
        self.server = Some(api_server(self.folder.path(), &self.api));
    }

    /// A kubeconfig of the user who may do everything.
    pub fn kubeconfig(&self) -> PathBuf {
        self.folder.path().join("kubeconfig.json")
    }

    /// The same for those who reach the API server at another address of loopback: of another
    /// namespace, maybe.
    pub fn kubeconfig_at(&self, server: SocketAddr) -> PathBuf {
        let file = self.folder.path().join("outside.json");
        let kubeconfig = kubeconfig(server, &self.folder.path().join("ca.pem"), TOKEN);
        fs::write(&file, kubeconfig.to_string()).expect("a kubeconfig");
        file
    }

    /// Where the API server listens.
    pub fn address(&self) -> SocketAddr {
        address(API_PORT)
    }

    /// A kubeconfig of the service account of `contour-extension`.
    pub fn kubeconfig_of_extension(&self) -> PathBuf {
        self.folder.path().join("extension.json")
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

    /// The objects of a collection, which is a path like `/api/v1/namespaces/shop/services`.
    pub fn list(&self, path: &str) -> Vec<Value> {
        let list = self.api.list(path).unwrap_or_else(|why| panic!("{why}"));
        let items = list.get("items").and_then(Value::as_array);
        items.cloned().unwrap_or_default()
    }

    /// Shows the end of the API server's log.
    pub fn show_log(&self) {
        self.server.iter().for_each(Program::show_log);
    }

    /// Creates every object of a file of YAML documents.
    pub fn apply_file(&self, file: &Path) {
        let text = fs::read_to_string(file).unwrap_or_else(|why| panic!("{file:?}: {why}"));
        let documents = objects::documents(&text);
        documents.iter().for_each(|document| self.apply(document));
        documents.iter().for_each(|one| self.until_served(one));
    }

    /// Waits until the kind that an object defines is served; of another object there is nothing to
    /// wait for.
    fn until_served(&self, object: &Value) {
        if object.get("kind") != Some(&json!("CustomResourceDefinition")) {
            return;
        }
        let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str);
        let (group, plural) = (text("/spec/group"), text("/spec/names/plural"));
        let (group, plural) = (group.expect("a group"), plural.expect("a plural"));
        let versions = object
            .pointer("/spec/versions")
            .and_then(Value::as_array)
            .expect("versions");
        let served = versions
            .iter()
            .filter(|version| version.get("served") == Some(&json!(true)));
        for version in served.filter_map(|version| version.get("name").and_then(Value::as_str)) {
            let start = Instant::now();
            let is_listed = || {
                let list = self.api.list(&format!("/apis/{group}/{version}"));
                let list = list.ok()?;
                let kinds = list.get("resources").and_then(Value::as_array)?;
                let mut names = kinds.iter().filter_map(|kind| kind.get("name"));
                names.any(|name| name == plural).then_some(())
            };
            while is_listed().is_none() {
                let late = start.elapsed() > SERVED;
                assert!(!late, "{plural} of {group}/{version} are not served");
                sleep(Duration::from_millis(50));
            }
        }
    }
}

fn address(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}

fn kubeconfig(server: SocketAddr, authority: &Path, token: &str) -> Value {
    let cluster = json!({
        "server": format!("https://{server}"),
        "certificate-authority": authority,
    });
    json!({
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "test", "cluster": cluster}],
        "users": [{"name": "user", "user": {"token": token}}],
        "contexts": [{
            "name": "test",
            "context": {"cluster": "test", "user": "user", "namespace": PLATFORM},
        }],
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
        // Pods come from outside of loopback, all of them from this namespace.
        ("bind-address", "0.0.0.0"),
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
