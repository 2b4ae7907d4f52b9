//! Pods without a kubelet: as much of a cluster's machinery as a test needs, as one loop over what
//! the API server has.
//!
//! Deployments, DaemonSets (of two nodes) and Jobs get their Pods, with rolling updates. Each Pod has
//! a network namespace with an address of its own; its containers run their own commands there, in a
//! mount namespace with their image and their mounts. Services get EndpointSlices, and their cluster
//! addresses lead to those. Times are shorter than a cluster's: probes begin at once, and what a Pod
//! waits for is looked for several times a second.
//!
//! Not done: what limits a container beyond its user and a root that may be read-only (capabilities,
//! seccomp, resources), liveness, what a node would bring (host ports, host paths), nodes at all.

mod cluster_addresses;
mod container;
mod endpoints;
mod image;
mod names;
mod node;
mod pod;
mod probe;
mod read;
mod rollout;
mod sandbox;
mod variables;
mod volumes;
mod workloads;

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use serde_json::Value;

use super::Cluster;
use crate::services::program::named;
use cluster_addresses::ClusterAddresses;
pub use image::{Image, Images};
use node::Node;
use pod::Worker;

/// How often everything is looked at.
const POLL: Duration = Duration::from_millis(150);
/// The bridge of all Pods, and its own address.
const BRIDGE: &str = "pods";
const GATEWAY: Ipv4Addr = Ipv4Addr::new(10, 97, 0, 1);
/// How many nodes DaemonSets have one Pod each on.
const NODES: [&str; 2] = ["node-a", "node-b"];

/// Runs the Pods of a cluster until it is dropped.
pub struct Pods {
    stop: Arc<AtomicBool>,
    node: Arc<Node>,
    thread: Option<JoinHandle<()>>,
}

impl Pods {
    /// Begins, with what containers' images stand for.
    pub fn start(cluster: &Cluster, images: Images) -> Self {
        // With an address of its own: else it has the lowest of its ports', and when a Pod comes or
        // goes all others send to the one before until they ask again, 5 s later.
        ip("link add name pods address 02:00:00:00:00:01 type bridge");
        ip(&format!("addr add {GATEWAY}/16 dev {BRIDGE}"));
        ip(&format!("link set {BRIDGE} up"));
        let node = Arc::new(Node::new(cluster, images));
        let stop = Arc::new(AtomicBool::new(false));
        let (asked, of_thread) = (Arc::clone(&stop), Arc::clone(&node));
        let thread = thread::spawn(move || work(&of_thread, &asked));
        Self {
            stop,
            node,
            thread: Some(thread),
        }
    }

    /// What an image stands for from now on; containers that run already keep theirs.
    pub fn set_image(&self, name: &str, image: Image) {
        self.node.images.set(name, image);
    }

    /// What the containers of the Pods whose name starts so have said.
    pub fn logs(&self, pod: &str) -> String {
        self.node.logs(pod)
    }

    /// Shows the ends of all logs.
    pub fn show_logs(&self) {
        self.node.show_logs();
    }
}

impl Drop for Pods {
    fn drop(&mut self) {
        self.node.end();
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        ip(&format!("link del {BRIDGE}"));
    }
}

fn work(node: &Arc<Node>, stop: &AtomicBool) {
    let mut workers = BTreeMap::new();
    let mut addresses = ClusterAddresses::default();
    while !stop.load(Ordering::Relaxed) {
        if let Err(why) = round(node, &mut workers, &mut addresses) {
            // Another one changed the same object, or the API server is away: the next round.
            node.say(&why);
        }
        thread::sleep(POLL);
    }
}

fn round(
    node: &Arc<Node>,
    workers: &mut BTreeMap<String, Worker>,
    addresses: &mut ClusterAddresses,
) -> Result<(), String> {
    let api = &node.api;
    let services = api.all("v1", "Service")?;
    node.names.write(&services);
    let pods = api.all("v1", "Pod")?;
    workloads::reconcile(node, &pods)?;
    let pods = api.all("v1", "Pod")?;
    // Those that are to go are asked to after that: in a cluster nothing comes to a Pod any more long
    // before its hooks have run, while here everything waits for this loop.
    let slices = endpoints::reconcile(node, &services, &pods)?;
    addresses.serve(&services, &slices);
    run(node, &pods, workers);
    endpoints::publish_addresses(node, &services)
}

/// Starts a worker for each new Pod, and lets those end whose Pod is to go.
fn run(node: &Arc<Node>, pods: &[Value], workers: &mut BTreeMap<String, Worker>) {
    workers.retain(|_, worker| !worker.is_done());
    for pod in pods {
        let id = read::text(pod, "/metadata/uid").to_owned();
        let going = pod.pointer("/metadata/deletionTimestamp").is_some();
        let over = ["Succeeded", "Failed"].contains(&read::text(pod, "/status/phase"));
        match workers.get(&id) {
            Some(worker) if going => worker.end(),
            None if !over || going => drop(workers.insert(id, Worker::start(node, pod))),
            _ => {}
        }
    }
    for (id, worker) in workers.iter() {
        if !pods
            .iter()
            .any(|pod| read::text(pod, "/metadata/uid") == id)
        {
            worker.end();
        }
    }
}

/// Runs `ip` in the namespace of this process.
fn ip(arguments: &str) {
    let mut command = Command::new(named("IP", "ip"));
    let status = command.args(arguments.split(' ')).status().expect("ip");
    assert!(status.success(), "ip {arguments}: {status}");
}
