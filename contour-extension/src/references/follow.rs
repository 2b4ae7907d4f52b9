//! Each reference has a watch of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use futures::{StreamExt, pin_mut};
use kube::api::{ApiResource, DynamicObject, GroupVersionKind};
use kube::runtime::WatchStreamExt;
use kube::runtime::watcher::{self, Error, watch_object};
use kube::{Api, Client};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use crate::objects::pauses::Pauses;
use crate::references::{Found, Reference, Referenced, What, read};

/// How long the API server may take to show an object before that counts as a refusal.
const PATIENCE: Duration = Duration::from_secs(20);

type News = (Reference, Found);

/// Follows what is wanted for as long as someone wants to know.
pub(super) async fn all(
    client: Client,
    mut wanted: watch::Receiver<BTreeSet<Reference>>,
    known: watch::Sender<Arc<Referenced>>,
) {
    let (sender, mut news) = mpsc::channel::<News>(16);
    let mut tasks: BTreeMap<Reference, Task> = BTreeMap::new();
    loop {
        tokio::select! {
            changed = wanted.changed() => {
                if changed.is_err() {
                    return;
                }
                let wanted = wanted.borrow_and_update().clone();
                tasks.retain(|reference, _| wanted.contains(reference));
                for reference in &wanted {
                    let task = || Task(tokio::spawn(one(client.clone(), reference.clone(), sender.clone())));
                    tasks.entry(reference.clone()).or_insert_with(task);
                }
                put(&known, |known| known.retain(|reference, _| wanted.contains(reference)));
            }
            Some((reference, found)) = news.recv() => {
                // A task that was just ended may have told something before.
                if tasks.contains_key(&reference) {
                    put(&known, |known| drop(known.insert(reference, found)));
                }
            }
        }
    }
}

/// Ends with its value.
struct Task(JoinHandle<()>);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

fn put(known: &watch::Sender<Arc<Referenced>>, change: impl FnOnce(&mut Referenced)) {
    known.send_if_modified(|known| {
        let mut now = Referenced::clone(known);
        change(&mut now);
        let differs = **known != now;
        if differs {
            *known = Arc::new(now);
        }
        differs
    });
}

/// Follows one object. What is known of it stays while the API server is away.
async fn one(client: Client, reference: Reference, news: mpsc::Sender<News>) {
    let kind = match reference.what {
        What::Service => "Service",
        What::ConfigMap(_) => "ConfigMap",
        What::Secret(_) => "Secret",
    };
    let kind = ApiResource::from_gvk(&GroupVersionKind::gvk("", "v1", kind));
    let api: Api<DynamicObject> = Api::namespaced_with(client, &reference.namespace, &kind);
    let events = watch_object(api, &reference.name).backoff(Pauses::default());
    let patience = tokio::time::sleep(PATIENCE);
    pin_mut!(events, patience);
    // Nothing was told yet; it was shown.
    let (mut waits, mut shown) = (true, false);
    loop {
        let found = tokio::select! {
            event = events.next() => match event {
                None => return,
                Some(Ok(object)) => read::found(&reference.what, object.as_ref()),
                Some(Err(why)) => match refusal(&why) {
                    Some(words) if !shown => Found::Unread(words),
                    _ => continue,
                },
            },
            () = &mut patience, if waits => {
                Found::Unread("the API server does not answer".to_owned())
            }
        };
        waits = false;
        shown |= !matches!(found, Found::Unread(_));
        if news.send((reference.clone(), found)).await.is_err() {
            return;
        }
    }
}

/// What the API server says where it answers; nothing where it is only away.
fn refusal(why: &watcher::Error) -> Option<String> {
    match why {
        Error::InitialListFailed(kube::Error::Api(status))
        | Error::WatchStartFailed(kube::Error::Api(status)) => Some(status.message.clone()),
        _ => None,
    }
}
