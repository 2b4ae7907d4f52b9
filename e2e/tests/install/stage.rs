//! What the tests share: a cluster whose Pods run, and clients of its Services.

use std::net::SocketAddr;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use hachure_casefile::Message;
use hachure_e2e::cluster::pods::{Image, Images};
use hachure_e2e::cluster::{Cluster, Pods, objects};
use hachure_e2e::{Client, Received, request, setup};
use hachure_envoy::Protocol;
use serde_json::{Value, json};

const LIMIT: Duration = Duration::from_secs(120);
const POLL: Duration = Duration::from_millis(50);
/// The namespace of everything that tests create beside what is installed.
pub(crate) const NAMESPACE: &str = "shop";

/// A cluster whose Pods run. They end before the API server does.
pub(crate) struct Stage {
    pub(crate) pods: Pods,
    pub(crate) cluster: Cluster,
}

impl Stage {
    pub(crate) fn set() -> Self {
        let cluster = Cluster::start();
        let images = Images::default();
        let contour = setup::tool("CONTOUR", "contour");
        images.set(
            "ghcr.io/projectcontour/contour",
            Image::program("contour", &contour),
        );
        let envoy = Image::program("envoy", setup::envoy().path());
        images.set("docker.io/envoyproxy/envoy", envoy);
        let backend = Path::new(env!("CARGO_BIN_EXE_backend"));
        images.set("backend", Image::program("backend", backend));
        let pods = Pods::start(&cluster, images);
        Self { pods, cluster }
    }

    /// Deploys a Service `orders` with two Pods behind it, and waits until they are ready.
    pub(crate) fn deploy_backend(&self) {
        self.cluster.apply(&objects::namespace(NAMESPACE));
        self.cluster.apply(&backend("1"));
        let service = json!({
            "apiVersion": "v1", "kind": "Service",
            "metadata": {"namespace": NAMESPACE, "name": "orders"},
            "spec": {"selector": {"app": "orders"}, "ports": [{"port": 80, "targetPort": 8080}]},
        });
        self.cluster.apply(&service);
        self.rolled_out(&format!("-n {NAMESPACE} deployment/orders"));
    }

    /// Waits as people do.
    pub(crate) fn rolled_out(&self, workload: &str) {
        self.cluster
            .kubectl(&format!("rollout status --timeout=300s {workload}"));
    }

    /// Where a Service is reached, by its cluster address.
    pub(crate) fn address(&self, namespace: &str, name: &str, port: u16) -> SocketAddr {
        let service = self.cluster.get(&json!({
            "apiVersion": "v1", "kind": "Service",
            "metadata": {"namespace": namespace, "name": name},
        }));
        let address = service.pointer("/spec/clusterIP").and_then(Value::as_str);
        SocketAddr::new(address.unwrap().parse().unwrap(), port)
    }

    /// Waits until a Service answers for a host as it should.
    pub(crate) fn until(
        &self,
        at: SocketAddr,
        host: &str,
        mut what: impl FnMut(&Received) -> bool,
    ) -> Received {
        let start = Instant::now();
        loop {
            match Client::new(at, Protocol::Http1).send(&get(host)) {
                Ok(answer) if what(&answer) => return answer,
                answer if start.elapsed() > LIMIT => panic!("{host} is answered {answer:?}"),
                _ => sleep(POLL),
            }
        }
    }

    /// Waits until there is such an object.
    pub(crate) fn until_there(&self, object: &str) {
        let start = Instant::now();
        while let Err(why) = self.cluster.try_kubectl(&format!("get {object}")) {
            assert!(start.elapsed() < LIMIT, "{why}");
            sleep(POLL);
        }
    }

    pub(crate) fn show_logs(&self) {
        self.cluster.show_log();
        self.pods.show_logs();
    }
}

/// The Deployment behind the Service `orders`; another revision is other Pods.
pub(crate) fn backend(revision: &str) -> Value {
    let labels = json!({"app": "orders", "revision": revision});
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"namespace": NAMESPACE, "name": "orders"},
        "spec": {
            "replicas": 2,
            "selector": {"matchLabels": {"app": "orders"}},
            "strategy": {"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}},
            "template": {"metadata": {"labels": labels}, "spec": {
                "automountServiceAccountToken": false,
                "containers": [{
                    "name": "backend", "image": "backend",
                    "ports": [{"containerPort": 8080}],
                    "readinessProbe": {"tcpSocket": {"port": 8080}},
                    // Until everybody has heard that it goes, on a slow machine too.
                    "lifecycle": {"preStop": {"sleep": {"seconds": 15}}},
                }],
            }},
        },
    })
}

/// `GET /` for a host.
pub(crate) fn get(host: &str) -> Message {
    let mut message = request("GET", "/", &[]);
    for (name, value) in &mut message.headers.0 {
        if name == ":authority" {
            value.0 = host.into();
        }
    }
    message
}
