//! Which route configurations Envoys have, over all of their streams.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use bytes::Bytes;
use tokio::sync::watch;

use crate::world::World;

/// A node, and the name of a route configuration.
type Key = (String, String);
/// Route configurations by their names.
type Held = BTreeMap<String, Bytes>;

/// What was taken, by whom, and since when it counts.
#[derive(Debug, Default)]
pub(crate) struct Taken {
    /// Of those that connection managers ask for now: since when.
    since: Mutex<HashMap<Key, Instant>>,
    /// What an Envoy holds under a name that it asks for, be it only for a connection manager that is
    /// being replaced.
    held: Mutex<HashMap<String, Held>>,
    /// Something counts from now on.
    pub(crate) changed: watch::Sender<()>,
    /// A node holds something else, for those who wait for that.
    pub(crate) settled: watch::Sender<()>,
}

impl Taken {
    /// A node has taken what connection managers ask for now by that name.
    pub(crate) fn take(&self, node: &str, name: &str) {
        let mut since = self.since.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (node.to_owned(), name.to_owned());
        if let std::collections::hash_map::Entry::Vacant(entry) = since.entry(key) {
            entry.insert(Instant::now());
            self.changed.send_replace(());
        }
    }

    /// Since when a node has that.
    pub(crate) fn since(&self, node: &str, name: &str) -> Option<Instant> {
        let since = self.since.lock().unwrap_or_else(PoisonError::into_inner);
        since.get(&(node.to_owned(), name.to_owned())).copied()
    }

    /// Forgets what is not asked for any more.
    pub(crate) fn forget_but(&self, world: &World) {
        let mut since = self.since.lock().unwrap_or_else(PoisonError::into_inner);
        since.retain(|(_, name), _| world.current(name) == name);
    }

    /// A node holds these.
    pub(crate) fn hold(&self, node: &str, routes: &Held) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let of_node = held.entry(node.to_owned()).or_default();
        let routes = routes.iter();
        of_node.extend(routes.map(|(name, bytes)| (name.clone(), bytes.clone())));
        self.settled.send_replace(());
    }

    /// A node does not ask for these any more.
    pub(crate) fn let_go<'n>(&self, node: &str, names: impl Iterator<Item = &'n String>) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(of_node) = held.get_mut(node) {
            names.for_each(|name| drop(of_node.remove(name)));
            if of_node.is_empty() {
                held.remove(node);
            }
            self.settled.send_replace(());
        }
    }

    /// A name by which the listeners of that state ask for routes, and under which a node holds other
    /// routes than those of that state; `last` is the one that was found before.
    pub(crate) fn behind(&self, node: &str, world: &World, last: Option<&str>) -> Option<String> {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let held = held.get(node)?;
        let other = |name: &str, bytes: &Bytes| {
            let routes = || world.routes(name);
            world.current(name) == name && routes().is_some_and(|routes| routes.bytes != *bytes)
        };
        let last = last.and_then(|name| held.get_key_value(name));
        let mut all = last.into_iter().chain(held);
        let found = all.find(|(name, bytes)| other(name, bytes));
        found.map(|(name, _)| name.clone())
    }
}
