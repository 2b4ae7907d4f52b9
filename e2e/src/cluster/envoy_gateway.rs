//! Envoy Gateway, with the certificates that its own `certgen` makes, and the Envoys that it asks
//! for.
//!
//! It creates a Deployment for each Gateway. No kubelet runs here: [`Proxy`] starts the Envoy of
//! that Deployment as its Pod would.

pub mod objects;
mod proxy;
mod view;

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hachure_envoy::Protocol;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{Cluster, address};
use crate::services::program::{Program, named};
use crate::setup::scratch;
use crate::{Client, request};
pub use proxy::Proxy;
use view::View;

/// The namespace of Envoy Gateway and of what it creates.
const NAMESPACE: &str = "envoy-gateway-system";
/// By this name its Envoys find it. The dot that they put behind it is for a cluster's DNS.
const HOST: &str = "envoy-gateway.envoy-gateway-system.svc.cluster.local";
const HEALTH_PORT: u16 = 8081;

/// An Envoy Gateway for the objects of a cluster. It listens on ports of its own choice: there is
/// one in a namespace.
pub struct EnvoyGateway {
    program: Program,
    hosts: PathBuf,
    _folder: TempDir,
}

impl EnvoyGateway {
    /// Starts one, after its resources were defined. The resources that change Envoy's
    /// configuration past it (EnvoyPatchPolicy) are allowed.
    pub fn start(cluster: &Cluster) -> Self {
        define(cluster);
        cluster.apply(&super::objects::namespace(NAMESPACE));
        certificates(&cluster.kubeconfig());
        let folder = scratch();
        let at = folder.path();
        let hosts = at.join("hosts");
        fs::write(&hosts, format!("127.0.0.1 localhost {HOST}\n")).expect("the hosts");
        let certs = at.join("certs");
        write_secret(cluster, "envoy-gateway", &certs);
        // It keeps modules in /var/lib/eg.
        let state = at.join("state");
        fs::create_dir(&state).expect("a folder");
        let config = at.join("envoy-gateway.json");
        fs::write(&config, settings().to_string()).expect("the config");
        let mut view = View::new(at, "root");
        view.lay(&certs, "/certs");
        view.lay(&state, "/var/lib");
        let mut command = view.command(&named("ENVOY_GATEWAY", "envoy-gateway"));
        command.arg("server").arg("--config-path").arg(&config);
        command.env("KUBECONFIG", cluster.kubeconfig());
        let ready = || get(address(HEALTH_PORT), "/readyz").is_ok();
        let program = Program::start("envoy-gateway", command, at, ready);
        Self {
            program,
            hosts,
            _folder: folder,
        }
    }

    /// Shows the end of its log.
    pub fn show_log(&self) {
        self.program.show_log();
    }

    /// Its log.
    pub fn log(&self) -> String {
        self.program.log()
    }
}

/// Its resources and those of Gateway API, from the module that it was built from.
fn define(cluster: &Cluster) {
    let folder = named("ENVOY_GATEWAY", "envoy-gateway").with_file_name("crds");
    cluster.apply_file(&folder.join("gatewayapi-crds.yaml"));
    let generated = fs::read_dir(folder.join("generated")).expect("definitions");
    for file in generated {
        cluster.apply_file(&file.expect("a file").path());
    }
}

/// Lets it make its certificates, which it keeps in Secrets.
fn certificates(kubeconfig: &Path) {
    let mut command = Command::new(named("ENVOY_GATEWAY", "envoy-gateway"));
    command.args(["certgen", "--disable-topology-injector"]);
    let output = command.env("KUBECONFIG", kubeconfig).output();
    let output = output.expect("envoy-gateway");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "envoy-gateway certgen: {said}");
}

/// How it is to run outside of a cluster: alone, without the webhook that tells its Envoys where
/// they are, and out of the way of its Envoys, which share its addresses here.
fn settings() -> Value {
    let off = json!({"disable": true});
    json!({
        "apiVersion": "gateway.envoyproxy.io/v1alpha1",
        "kind": "EnvoyGateway",
        "gateway": {"controllerName": objects::CONTROLLER},
        "provider": {
            "type": "Kubernetes",
            "kubernetes": {"leaderElection": off, "proxyTopologyInjector": {"disabled": true}},
        },
        "extensionApis": {"enableEnvoyPatchPolicy": true, "enableBackend": true},
        "admin": {"address": {"host": "127.0.0.1", "port": 19100}},
        "telemetry": {"metrics": {"prometheus": off}},
    })
}

/// Writes the values of a Secret into a folder, as they are mounted into a Pod.
fn write_secret(cluster: &Cluster, name: &str, folder: &Path) {
    let metadata = json!({"namespace": NAMESPACE, "name": name});
    let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": metadata});
    fs::create_dir(folder).expect("a folder");
    let secret = cluster.get(&secret);
    for (key, value) in secret["data"].as_object().expect("values") {
        let value = BASE64_STANDARD.decode(value.as_str().expect("a text"));
        fs::write(folder.join(key), value.expect("base64")).expect("a value");
    }
}

/// Writes the values of a ConfigMap likewise.
fn write_config_map(cluster: &Cluster, name: &str, folder: &Path) {
    let metadata = json!({"namespace": NAMESPACE, "name": name});
    let map = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata});
    fs::create_dir(folder).expect("a folder");
    let map = cluster.get(&map);
    for (key, value) in map["data"].as_object().expect("values") {
        fs::write(folder.join(key), value.as_str().expect("a text")).expect("a value");
    }
}

/// What is answered to a GET over plain HTTP with 200.
fn get(address: SocketAddr, path: &str) -> Result<String, String> {
    let answer = Client::new(address, Protocol::Http1).send(&request("GET", path, &[]))?;
    match answer.status() {
        200 => Ok(String::from_utf8_lossy(&answer.body).into_owned()),
        status => Err(format!("{path} is answered {status}")),
    }
}
