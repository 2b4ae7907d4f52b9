//! What `make demo` shows, for a gateway: the filters of every `filters/*/demo.yaml`.

use std::fs;
use std::path::PathBuf;

use hachure_catalog::Entry;
use serde_json::{Value, json};

use crate::cluster::objects::documents;
use crate::setup;

/// A filter with its config.
pub struct Attached {
    /// Its catalogue name.
    pub filter: String,
    /// Its config, for a gateway that lets no headers wait for a body.
    pub config: Value,
}

/// The demo of each filter, sorted.
pub fn files() -> Vec<PathBuf> {
    let folder = setup::repository().join("filters");
    let filters = setup::filters().into_iter();
    let files = filters.map(|name| folder.join(name).join("demo.yaml"));
    files.filter(|file| file.is_file()).collect()
}

/// Every filter of the demos, in an order that the catalogue allows.
pub fn chain() -> Vec<Attached> {
    in_order(files().iter().flat_map(of_file).collect())
}

/// The filters of one of them.
pub fn of_file(file: &PathBuf) -> Vec<Attached> {
    let text = fs::read_to_string(file).expect("a demo");
    let demo = documents(&text).remove(0);
    let filters = demo["filters"].as_array().cloned().unwrap_or_default();
    let attached = filters.into_iter().map(|mut one| {
        let mut config = one["config"].take();
        if config["headersHeld"] == json!(true) {
            config["headersHeld"] = json!(false);
            // Once its headers have left, a response cannot be refused for its body.
            config["responseBodies"] = json!({"onOversize": "pass", "onInvalid": "pass"});
        }
        let filter = one["filter"].as_str().expect("a filter").to_owned();
        Attached { filter, config }
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
