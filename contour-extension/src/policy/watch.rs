//! The policies of the cluster, followed.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures::{StreamExt, pin_mut};
use kube::api::{ApiResource, DynamicObject};
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
        let kind = ApiResource::erase::<ContourExtensionPolicy>(&());
        let api: Api<DynamicObject> = Api::all_with(client, &kind);
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
    event: Result<Event<DynamicObject>, watcher::Error>,
    known: &mut Known,
    read: &mut Known,
    synced: &mut bool,
) {
    match event {
        Ok(Event::Init) => read.clear(),
        Ok(Event::InitApply(object)) => {
            let before = known.get(&key(&object));
            read.extend(parse(object, before).map(|policy| (key(&policy), policy)));
        }
        Ok(Event::InitDone) => {
            *known = std::mem::take(read);
            *synced = true;
        }
        Ok(Event::Apply(object)) => {
            let before = known.get(&key(&object));
            let policy = parse(object, before);
            known.extend(policy.map(|policy| (key(&policy), policy)));
        }
        Ok(Event::Delete(object)) => drop(known.remove(&key(&object))),
        Err(why) => tracing::warn!("the API server: {why}"),
    }
}

/// The object as a policy. One that another version of the definition let in and that cannot be
/// read stays what it was before, and holds up no other.
fn parse(
    object: DynamicObject,
    before: Option<&ContourExtensionPolicy>,
) -> Option<ContourExtensionPolicy> {
    let (namespace, name) = key(&object);
    let parsed = object.try_parse();
    parsed.map_or_else(
        |why| {
            tracing::error!(
                policy = format!("{namespace}/{name}"),
                "cannot be read: {why}"
            );
            before.cloned()
        },
        Some,
    )
}

fn key(object: &impl ResourceExt) -> (String, String) {
    (object.namespace().unwrap_or_default(), object.name_any())
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn object(name: &str, kind: &str) -> DynamicObject {
        let target = json!({"group": "projectcontour.io", "kind": kind, "name": "x"});
        let code = json!({"type": "Catalog", "catalog": {"name": "cors"}});
        let object: Value = json!({
            "apiVersion": "hachure.dev/v1alpha1", "kind": "ContourExtensionPolicy",
            "metadata": {"namespace": "shop", "name": name},
            "spec": {"targetRefs": [target], "wasm": [{"name": "a", "code": code}]},
        });
        serde_json::from_value(object).unwrap()
    }

    #[test]
    fn what_cannot_be_read_holds_up_no_other_and_stays_what_it_was() {
        let (mut known, mut read, mut synced) = (Known::new(), Known::new(), false);
        let mut take = |event| {
            take(Ok(event), &mut known, &mut read, &mut synced);
            let names = known.values().map(|policy| {
                let kind = policy
                    .spec
                    .target_refs
                    .first()
                    .map(|target| target.kind.name());
                (policy.name_any(), kind.unwrap_or_default())
            });
            (synced, names.collect::<Vec<_>>())
        };
        take(Event::Init);
        take(Event::InitApply(object("a", "HTTPProxy")));
        assert_eq!(
            take(Event::InitApply(object("b", "Unheard"))),
            (false, vec![])
        );
        let a = ("a".to_owned(), "HTTPProxy");
        assert_eq!(take(Event::InitDone), (true, vec![a.clone()]));
        assert_eq!(
            take(Event::Apply(object("a", "Unheard"))),
            (true, vec![a.clone()])
        );
        take(Event::Init);
        take(Event::InitApply(object("a", "Unheard")));
        assert_eq!(take(Event::InitDone), (true, vec![a]));
        assert_eq!(take(Event::Delete(object("a", "Unheard"))), (true, vec![]));
    }
}
