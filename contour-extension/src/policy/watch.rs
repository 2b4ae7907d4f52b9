//! The policies of the cluster, followed.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures::{StreamExt, pin_mut};
use kube::runtime::watcher::{self, Event};
use kube::runtime::{WatchStreamExt, watcher as follow};
use kube::{Api, Client, ResourceExt};
use tokio::sync::watch as channel;

use crate::policy::resource::ContourExtensionPolicy;

/// How long changes are gathered before they are told.
const GATHER: Duration = Duration::from_millis(20);

/// Every policy, the older first: of two on one target that one counts. None until all were read
/// once.
pub type Policies = channel::Receiver<Option<Arc<Vec<ContourExtensionPolicy>>>>;

/// Follows the policies of all namespaces, for as long as someone listens. What is known stays while
/// the API server is away.
pub fn watch(client: Client) -> Policies {
    let (sender, policies) = channel::channel(None);
    tokio::spawn(async move {
        let api: Api<ContourExtensionPolicy> = Api::all(client);
        let events = follow(api, watcher::Config::default()).default_backoff();
        pin_mut!(events);
        let mut known = BTreeMap::new();
        let mut read = BTreeMap::new();
        let mut synced = false;
        while !sender.is_closed() {
            match tokio::time::timeout(GATHER, events.next()).await {
                Err(_) if synced => {
                    publish(&sender, &known);
                    // Nothing has changed until something comes.
                    let Some(event) = events.next().await else {
                        return;
                    };
                    take(event, &mut known, &mut read, &mut synced);
                }
                Err(_) => {}
                Ok(None) => return,
                Ok(Some(event)) => take(event, &mut known, &mut read, &mut synced),
            }
        }
    });
    policies
}

type Known = BTreeMap<(String, String), ContourExtensionPolicy>;

fn take(
    event: Result<Event<ContourExtensionPolicy>, watcher::Error>,
    known: &mut Known,
    read: &mut Known,
    synced: &mut bool,
) {
    match event {
        Ok(Event::Init) => read.clear(),
        Ok(Event::InitApply(policy)) => drop(read.insert(key(&policy), policy)),
        Ok(Event::InitDone) => {
            *known = std::mem::take(read);
            *synced = true;
        }
        Ok(Event::Apply(policy)) => drop(known.insert(key(&policy), policy)),
        Ok(Event::Delete(policy)) => drop(known.remove(&key(&policy))),
        Err(why) => tracing::warn!("the API server: {why}"),
    }
}

fn key(policy: &ContourExtensionPolicy) -> (String, String) {
    (policy.namespace().unwrap_or_default(), policy.name_any())
}

fn publish(sender: &channel::Sender<Option<Arc<Vec<ContourExtensionPolicy>>>>, known: &Known) {
    let mut policies: Vec<_> = known.values().cloned().collect();
    policies.sort_by_key(|policy| {
        let created = policy.metadata.creation_timestamp.as_ref().map(|at| at.0);
        (created, key(policy))
    });
    sender.send_if_modified(|now| {
        let same = now.as_ref().is_some_and(|now| same(now, &policies));
        if !same {
            *now = Some(Arc::new(policies));
        }
        !same
    });
}

/// Whether nothing differs that counts here: status and other metadata do not.
fn same(a: &[ContourExtensionPolicy], b: &[ContourExtensionPolicy]) -> bool {
    let told = |policy: &ContourExtensionPolicy| (policy.uid(), policy.metadata.generation);
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| told(a) == told(b))
}
