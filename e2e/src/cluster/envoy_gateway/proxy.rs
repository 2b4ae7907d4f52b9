//! The Envoy of a Gateway, started from the Deployment that Envoy Gateway creates for it.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use super::view::View;
use super::{EnvoyGateway, HOST, NAMESPACE, get, write_config_map, write_secret};
use crate::cluster::{Cluster, address};
use crate::services::program::Program;
use crate::setup::{envoy, scratch};

/// Where a Gateway's Envoy has its admin interface.
const ADMIN_PORT: u16 = 19000;
/// What Envoy Gateway adds to the port of a listener, where that is below 1024.
const SHIFT: u16 = 10000;
const LIMIT: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(50);

/// A running Envoy that Envoy Gateway configures. There is one at a time in a namespace.
pub struct Proxy {
    program: Program,
    folder: TempDir,
}

impl Proxy {
    /// Waits for the Deployment of a Gateway, starts its Envoy, and waits until that is ready.
    pub fn start(cluster: &Cluster, eg: &EnvoyGateway, gateway: (&str, &str)) -> Self {
        Self::start_with(cluster, eg, gateway, |_| {})
    }

    /// The same with a change to how it is run.
    pub fn start_with(
        cluster: &Cluster,
        eg: &EnvoyGateway,
        gateway: (&str, &str),
        change: impl FnOnce(&mut Command),
    ) -> Self {
        let pod = pod(cluster, gateway);
        let containers = pod["containers"].as_array().expect("containers");
        let mut containers = containers.iter();
        let container = containers.find(|container| container["name"] == "envoy");
        let container = container.expect("Envoy's container");
        let folder = scratch();
        let mut view = View::new(folder.path(), "root");
        view.lay(&eg.hosts, "/etc/hosts");
        for (at, files) in mounts(cluster, &pod, container, folder.path()) {
            view.lay(&files, &at);
        }
        let mut command = view.command(envoy().path());
        command.args(arguments(container, gateway));
        // Envoys elsewhere on this machine would share memory with it.
        command.arg("--disable-hot-restart");
        // What is asked for is looked for in its access log at once.
        command.args(["--file-flush-interval-msec", "20"]);
        change(&mut command);
        let probe = &container["readinessProbe"]["httpGet"];
        let port = probe["port"].as_u64().and_then(|port| port.try_into().ok());
        let (port, path) = (port.expect("a port"), probe["path"].as_str());
        let path = path.expect("a path").to_owned();
        let ready = move || get(address(port), &path).is_ok();
        let program = Program::start("envoy", command, folder.path(), ready);
        Self { program, folder }
    }

    /// Where it serves what arrives at a port of the Gateway.
    pub fn listener(&self, port: u16) -> SocketAddr {
        let shifted = if port < 1024 { port + SHIFT } else { port };
        address(shifted)
    }

    /// What the admin interface answers to a GET.
    pub fn admin(&self, path: &str) -> String {
        get(address(ADMIN_PORT), path).unwrap_or_else(|why| panic!("admin: {why}"))
    }

    /// The value of a counter or gauge; 0 where Envoy does not have it.
    pub fn stat(&self, name: &str) -> u64 {
        let text = self.admin(&format!("/stats?filter=^{name}$"));
        let value = text.trim().rsplit_once(": ");
        value.map_or(0, |(_, value)| value.parse().expect("a number"))
    }

    /// Waits until it is as it should be.
    pub fn wait_until(&self, what: impl Fn(&Self) -> bool) {
        let start = Instant::now();
        while !what(self) {
            assert!(start.elapsed() < LIMIT, "Envoy is not as it should be");
            sleep(POLL);
        }
    }

    /// The configuration that it has.
    pub fn config(&self) -> Value {
        serde_json::from_str(&self.admin("/config_dump")).expect("JSON")
    }

    /// The folder of its files.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Its log.
    pub fn log(&self) -> String {
        self.program.log()
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

/// The Pod that the Deployment of a Gateway asks for.
fn pod(cluster: &Cluster, (namespace, name): (&str, &str)) -> Value {
    const OWNER: &str = "gateway.envoyproxy.io/owning-gateway";
    let labels = format!("{OWNER}-namespace={namespace},{OWNER}-name={name}");
    let labels = labels.replace('=', "%3D").replace('/', "%2F");
    let deployments = format!("/apis/apps/v1/namespaces/{NAMESPACE}/deployments");
    let start = Instant::now();
    loop {
        let mut found = cluster.list(&format!("{deployments}?labelSelector={labels}"));
        if let Some(deployment) = found.pop() {
            return deployment["spec"]["template"]["spec"].clone();
        }
        let late = start.elapsed() > LIMIT;
        assert!(!late, "{namespace}/{name} has no Deployment");
        sleep(POLL);
    }
}

/// What the Pod mounts into the container, by where, as files of this machine.
fn mounts(
    cluster: &Cluster,
    pod: &Value,
    container: &Value,
    folder: &Path,
) -> Vec<(String, PathBuf)> {
    let mounts = container["volumeMounts"].as_array().expect("mounts");
    let volumes = pod["volumes"].as_array().expect("volumes");
    let files = |mount: &Value| {
        let at = mount["mountPath"].as_str().expect("a path");
        let mut volumes = volumes.iter();
        let volume = volumes.find(|volume| volume["name"] == mount["name"]);
        let volume = volume.expect("a volume");
        let files = folder.join(mount["name"].as_str().expect("a name"));
        match (
            &volume["secret"]["secretName"],
            &volume["configMap"]["name"],
        ) {
            (Value::String(secret), _) => write_secret(cluster, secret, &files),
            (_, Value::String(map)) => write_config_map(cluster, map, &files),
            _ => panic!("nothing is known of the volume {volume}"),
        }
        (at.to_owned(), files)
    };
    mounts.iter().map(files).collect()
}

/// The arguments of the container, where its variables are filled in as a kubelet does.
fn arguments(container: &Value, (namespace, name): (&str, &str)) -> Vec<String> {
    let arguments = container["args"].as_array().expect("arguments");
    let filled = arguments.iter().map(|argument| {
        let argument = argument.as_str().expect("a text");
        let argument = argument.replace("$(ENVOY_POD_NAME)", &format!("{namespace}-{name}"));
        let argument = argument.replace("$(ENVOY_POD_NAMESPACE)", NAMESPACE);
        let argument = argument.replace("$(ENVOY_SERVICE_ZONE)", "");
        argument.replace(&format!("{HOST}."), HOST)
    });
    filled.collect()
}
