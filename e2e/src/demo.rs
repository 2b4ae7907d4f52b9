//! What `make demo` shows, for a gateway: the filters of every `filters/*/demo.yaml`.

mod contour;
mod stand;

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use hachure_catalog::Entry;
use hachure_envoy::Protocol;
use serde_json::{Value, json};

use crate::cluster::Cluster;
use crate::cluster::objects::documents;
use crate::setup;
use crate::{Client, request};
pub use contour::OnContour;
pub use stand::{API_PORT, Shown, Stand};

const LIMIT: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(50);

/// A filter with its config.
pub struct Attached {
    /// Its catalogue name.
    pub filter: String,
    /// Its config.
    pub config: Value,
}

/// The filters of some demos.
#[derive(Default)]
pub struct Demos {
    /// The file of each, in which its requests are.
    pub files: Vec<PathBuf>,
    /// Every filter, in an order that the catalogue allows.
    pub chain: Vec<Attached>,
}

impl Demos {
    /// The demo of each filter, sorted.
    pub fn all() -> Self {
        let folder = setup::repository().join("filters");
        let filters = setup::filters().into_iter();
        let files = filters.map(|name| folder.join(name).join("demo.yaml"));
        let files: Vec<_> = files.filter(|file| file.is_file()).collect();
        let chain = in_order(files.iter().flat_map(|file| of_file(file)).collect());
        Self { files, chain }
    }

    /// The names of the filters.
    pub fn names(&self) -> Vec<&str> {
        let chain = self.chain.iter();
        chain.map(|attached| attached.filter.as_str()).collect()
    }
}

impl Attached {
    /// Its config for a gateway that lets no headers wait for a body.
    pub fn without_waiting(&self) -> Value {
        let mut config = self.config.clone();
        if config["headersHeld"] == json!(true) {
            config["headersHeld"] = json!(false);
            // Once its headers have left, a response cannot be refused for its body.
            config["responseBodies"] = json!({"onOversize": "pass", "onInvalid": "pass"});
        }
        config
    }
}

/// Waits until a condition of a policy is true; an error is what is said of it after long enough.
pub fn until(cluster: &Cluster, policy: &Value, condition: &str) -> Result<(), String> {
    let start = Instant::now();
    loop {
        let now = cluster.get(policy);
        let conditions = now["status"]["ancestors"][0]["conditions"].as_array();
        let conditions = conditions.into_iter().flatten();
        let (mut good, mut said) = (false, String::new());
        for found in conditions {
            good |= found["type"] == condition && found["status"] == "True";
            let (of, status, message) = (&found["type"], &found["status"], &found["message"]);
            said = format!("{said}{of}: {status}: {message}; ");
        }
        if good {
            return Ok(());
        }
        if start.elapsed() > LIMIT {
            return Err(said);
        }
        sleep(POLL);
    }
}

/// Waits until answers have passed through the filters: a gateway may say that they run before its
/// Envoy listens.
pub fn until_filtered(address: SocketAddr) {
    let start = Instant::now();
    let client = Client::new(address, Protocol::Http1);
    let sent = request("GET", "/orders", &[]);
    while start.elapsed() < LIMIT {
        let answer = client.send(&sent);
        if answer.is_ok_and(|answer| !answer.text("api-version").is_empty()) {
            return;
        }
        sleep(POLL);
    }
}

fn of_file(file: &Path) -> Vec<Attached> {
    let text = fs::read_to_string(file).expect("a demo");
    let demo = documents(&text).remove(0);
    let filters = demo["filters"].as_array().cloned().unwrap_or_default();
    let attached = filters.into_iter().map(|mut one| Attached {
        config: one["config"].take(),
        filter: one["filter"].as_str().expect("a filter").to_owned(),
    });
    attached.collect()
}

/// Each stands before those that have to come after it.
fn in_order(mut filters: Vec<Attached>) -> Vec<Attached> {
    let mut sorted = vec![];
    while !filters.is_empty() {
        let free = |one: &Attached| filters.iter().all(|other| !precedes(other, one));
        let next = filters.iter().position(free);
        sorted.push(filters.remove(next.expect("an order without a circle")));
    }
    sorted
}

fn precedes(one: &Attached, other: &Attached) -> bool {
    let (first, second): (Entry, Entry) = (setup::entry(&one.filter), setup::entry(&other.filter));
    first.order.before.contains(&other.filter) || second.order.after.contains(&one.filter)
}
