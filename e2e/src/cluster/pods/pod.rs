//! The life of one Pod: its volumes, its init containers in order, its containers, and its end.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle, sleep};
use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::{Value, json};

use super::container::{Container, Plan};
use super::node::Node;
use super::probe;
use super::read::{list, number, text};
use super::sandbox::Sandbox;
use super::volumes;

const POLL: Duration = Duration::from_millis(100);
/// How long is waited for what ends with the whole cluster.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long after its end a container is started again.
const BACKOFF: Duration = Duration::from_secs(1);
/// Every so many rounds volumes are read again.
const REFRESH: u32 = 10;

/// A Pod that runs.
pub(super) struct Worker {
    end: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Worker {
    pub(super) fn start(node: &Arc<Node>, pod: &Value) -> Self {
        let end = Arc::new(AtomicBool::new(false));
        let (node, pod, asked) = (Arc::clone(node), pod.clone(), Arc::clone(&end));
        let thread = thread::spawn(move || live(&node, &pod, &asked));
        Self {
            end,
            thread: Some(thread),
        }
    }

    /// Lets its containers end in their own time.
    pub(super) fn end(&self) {
        self.end.store(true, Ordering::Relaxed);
    }

    /// Whether nothing of it runs.
    pub(super) fn is_done(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.end();
        let start = Instant::now();
        while !self.is_done() && start.elapsed() < PATIENCE {
            sleep(POLL);
        }
    }
}

fn live(node: &Node, pod: &Value, end: &AtomicBool) {
    let mut life = Life::new(node, pod, end);
    let begun = life.begin();
    while begun && !life.asked() && !life.is_over() {
        life.round();
        sleep(POLL);
    }
    let over = life.is_over();
    life.finish();
    if !over || life.asked() {
        let _ = node.api.delete_now(&named(pod));
    }
}

fn named(pod: &Value) -> Value {
    let (namespace, name) = (
        text(pod, "/metadata/namespace"),
        text(pod, "/metadata/name"),
    );
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"namespace": namespace, "name": name}})
}

struct Life<'a> {
    node: &'a Node,
    pod: &'a Value,
    end: &'a AtomicBool,
    folder: PathBuf,
    account: Option<PathBuf>,
    sandbox: Sandbox,
    parts: Vec<Part<'a>>,
    rounds: u32,
    told: Value,
}

/// A container and what has become of it.
struct Part<'a> {
    spec: &'a Value,
    running: Option<Container>,
    ended: Option<(bool, Instant)>,
    restarts: u64,
    ready: bool,
    /// Since when its probe has failed.
    failing: Option<Instant>,
}

impl<'a> Life<'a> {
    fn new(node: &'a Node, pod: &'a Value, end: &'a AtomicBool) -> Self {
        Self {
            node,
            pod,
            end,
            folder: node.pod_folder(text(pod, "/metadata/name")),
            account: None,
            sandbox: Sandbox::new(node.address(), node.number()),
            parts: vec![],
            rounds: 0,
            told: Value::Null,
        }
    }

    fn asked(&self) -> bool {
        self.end.load(Ordering::Relaxed)
    }

    /// Up to the start of the containers; false where it is to end before.
    fn begin(&mut self) -> bool {
        while let Err(why) = self.fill() {
            if self.asked() {
                return false;
            }
            self.node
                .say(&format!("{}: {why}", text(self.pod, "/metadata/name")));
            sleep(POLL);
        }
        for spec in list(self.pod, "/spec/initContainers") {
            let stays = text(spec, "/restartPolicy") == "Always";
            let mut part = Part::new(spec);
            while !(if stays { part.ready } else { part.succeeded() }) {
                if self.asked() {
                    part.stop(self, Instant::now());
                    return false;
                }
                self.keep(&mut part, true);
                sleep(POLL);
            }
            if stays {
                self.parts.push(part);
            }
        }
        let specs = list(self.pod, "/spec/containers").iter();
        self.parts.extend(specs.map(Part::new));
        true
    }

    fn fill(&mut self) -> Result<(), String> {
        volumes::fill(self.node, self.pod, &self.volumes())?;
        self.account = volumes::account(self.node, self.pod, &self.folder)?;
        Ok(())
    }

    fn volumes(&self) -> PathBuf {
        self.folder.join("volumes")
    }

    fn round(&mut self) {
        self.rounds = self.rounds.wrapping_add(1);
        if self.rounds.is_multiple_of(REFRESH) {
            let _ = volumes::fill(self.node, self.pod, &self.volumes());
        }
        let again = text(self.pod, "/spec/restartPolicy") != "Never";
        let mut parts = std::mem::take(&mut self.parts);
        for part in &mut parts {
            self.keep(part, again);
        }
        self.parts = parts;
        self.tell();
    }

    /// Starts a container that does not run, and asks one that does whether it is ready.
    fn keep(&self, part: &mut Part<'_>, again: bool) {
        let status = part.running.as_ref().map(Container::ended);
        match status {
            Some(None) => part.probe(self.sandbox.address),
            Some(Some(status)) => {
                part.running = None;
                part.ready = false;
                part.ended = Some((status.success(), Instant::now()));
            }
            None => match part.ended {
                Some((_, since)) if !again || since.elapsed() < BACKOFF => {}
                before => {
                    part.restarts += u64::from(before.is_some());
                    part.running = self.started(part);
                }
            },
        }
    }

    fn started(&self, part: &Part<'_>) -> Option<Container> {
        let pod = text(self.pod, "/metadata/name");
        let name = text(part.spec, "/name");
        let reference = text(part.spec, "/image");
        let Some(image) = self.node.images.get(reference) else {
            self.node
                .say(&format!("{pod}: there is no image {reference}"));
            return None;
        };
        let root = self.folder.join(format!("root-{}", self.node.number()));
        std::fs::create_dir_all(&root).ok()?;
        Some(Container::start(&Plan {
            pod: self.pod,
            container: part.spec,
            image: &image,
            sandbox: &self.sandbox,
            volumes: &self.volumes(),
            account: self
                .account
                .as_deref()
                .filter(|_| mounts_account(part.spec)),
            hosts: self.node.names.file(text(self.pod, "/metadata/namespace")),
            root,
            log: self.node.log(pod, name, part.restarts),
        }))
    }

    /// Whether all containers have ended for good.
    fn is_over(&self) -> bool {
        text(self.pod, "/spec/restartPolicy") == "Never"
            && !self.parts.is_empty()
            && self.parts.iter().all(|part| part.ended.is_some())
    }

    /// Publishes the Pod's status where it is new.
    fn tell(&mut self) {
        let ready = self.parts.iter().all(|part| part.ready);
        let phase = match self.is_over() {
            true if self.parts.iter().all(Part::succeeded) => "Succeeded",
            true => "Failed",
            false => "Running",
        };
        let condition = |name: &str, value: bool| json!({"type": name, "status": if value { "True" } else { "False" }});
        let conditions = [
            ("PodScheduled", true),
            ("Initialized", true),
            ("ContainersReady", ready),
            ("Ready", ready),
        ];
        let own = list(self.pod, "/spec/containers").len();
        let statuses: Vec<_> = self.parts.iter().map(Part::status).collect();
        let statuses = &statuses[statuses.len() - own..];
        let status = json!({
            "phase": phase,
            "podIP": self.sandbox.address, "podIPs": [{"ip": self.sandbox.address}],
            "conditions": conditions.map(|(name, value)| condition(name, value)),
            "containerStatuses": statuses,
        });
        if status != self.told && self.node.api.tell(&named(self.pod), &status).is_ok() {
            self.told = status;
        }
    }

    /// Ends its containers: all of them at once, those that stay beside them after that.
    fn finish(&mut self) {
        if self.node.is_over() {
            // The sandbox takes them all with it.
            return;
        }
        let grace = number(self.pod, "/spec/terminationGracePeriodSeconds").unwrap_or(30);
        let deadline = Instant::now() + Duration::from_secs(grace);
        let mut parts = std::mem::take(&mut self.parts);
        let own = list(self.pod, "/spec/containers").len();
        let beside = parts.len().saturating_sub(own);
        let (beside, own) = parts.split_at_mut(beside);
        let life = &*self;
        thread::scope(|scope| {
            for part in own {
                scope.spawn(move || part.stop(life, deadline));
            }
        });
        beside
            .iter_mut()
            .rev()
            .for_each(|part| part.stop(life, deadline));
    }
}

/// A container that mounts a volume over the account's place has its own there.
fn mounts_account(container: &Value) -> bool {
    let mounts = list(container, "/volumeMounts").iter();
    mounts
        .into_iter()
        .all(|mount| !text(mount, "/mountPath").contains("serviceaccount"))
}

impl<'a> Part<'a> {
    fn new(spec: &'a Value) -> Self {
        Self {
            spec,
            running: None,
            ended: None,
            restarts: 0,
            ready: false,
            failing: None,
        }
    }

    fn succeeded(&self) -> bool {
        self.ended.is_some_and(|(success, _)| success)
    }

    fn probe(&mut self, address: std::net::Ipv4Addr) {
        if probe::is_ready(self.spec, address) {
            self.failing = None;
            self.ready = true;
        } else {
            let since = *self.failing.get_or_insert_with(Instant::now);
            self.ready &= since.elapsed() < probe::patience(self.spec);
        }
    }

    fn status(&self) -> Value {
        json!({
            "name": self.spec["name"], "image": self.spec["image"], "imageID": "",
            "ready": self.ready, "started": self.running.is_some(), "restartCount": self.restarts,
            "state": if self.running.is_some() { json!({"running": {}}) } else { json!({"waiting": {}}) },
        })
    }

    /// Its hook, then its signal.
    fn stop(&mut self, life: &Life<'_>, deadline: Instant) {
        let Some(container) = self.running.take() else {
            return;
        };
        let left = deadline.saturating_duration_since(Instant::now());
        if let Some(hook) = self.spec.pointer("/lifecycle/preStop") {
            if let Some(get) = hook.get("httpGet") {
                probe::call(self.spec, get, life.sandbox.address, left);
            }
            container.run(list(hook, "/exec/command"));
            sleep(Duration::from_secs(number(hook, "/sleep/seconds").unwrap_or(0)).min(left));
        }
        container.signal(Signal::TERM);
        container.wait(deadline);
    }
}
