//! The policies of the cluster, followed.

use std::collections::BTreeMap;
use std::sync::Arc;

use kube::api::{ApiResource, DynamicObject};
use kube::{Client, ResourceExt};
use tokio::sync::watch as channel;

use crate::objects::{Name, follow};
use crate::policy::resource::ContourExtensionPolicy;

/// Every policy, the older first: of two on one target that one counts. None until all were read
/// once.
pub type Policies = channel::Receiver<Option<Arc<Vec<Arc<ContourExtensionPolicy>>>>>;

/// Follows the policies of all namespaces, for as long as someone listens.
pub fn watch(client: Client) -> Policies {
    let (sender, policies) = channel::channel(None);
    let kind = ApiResource::erase::<ContourExtensionPolicy>(&());
    let tell = move |known: &BTreeMap<Name, Arc<ContourExtensionPolicy>>| {
        publish(&sender, known);
        !sender.is_closed()
    };
    tokio::spawn(follow(client, kind, parse, tell));
    policies
}

/// The object as a policy. One that another version of the definition let in and that cannot be
/// read stays what it was before, and holds up no other.
fn parse(
    object: DynamicObject,
    before: Option<&Arc<ContourExtensionPolicy>>,
) -> Option<Arc<ContourExtensionPolicy>> {
    let (namespace, name) = key(&object);
    match object.try_parse() {
        Ok(policy) => Some(Arc::new(policy)),
        Err(why) => {
            tracing::error!(
                policy = format!("{namespace}/{name}"),
                "cannot be read: {why}"
            );
            before.cloned()
        }
    }
}

fn key(object: &impl ResourceExt) -> (String, String) {
    (object.namespace().unwrap_or_default(), object.name_any())
}

fn publish(
    sender: &channel::Sender<Option<Arc<Vec<Arc<ContourExtensionPolicy>>>>>,
    known: &BTreeMap<Name, Arc<ContourExtensionPolicy>>,
) {
    let mut policies: Vec<_> = known.values().cloned().collect();
    policies.sort_by_key(|policy| {
        let created = policy.metadata.creation_timestamp.as_ref().map(|at| at.0);
        (created, key(policy.as_ref()))
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
fn same(a: &[Arc<ContourExtensionPolicy>], b: &[Arc<ContourExtensionPolicy>]) -> bool {
    let told = |policy: &ContourExtensionPolicy| (policy.uid(), policy.metadata.generation);
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| told(a) == told(b))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn object(kind: &str) -> DynamicObject {
        let target = json!({"group": "projectcontour.io", "kind": kind, "name": "x"});
        let code = json!({"type": "Catalog", "catalog": {"name": "cors"}});
        let object: Value = json!({
            "apiVersion": "hachure.dev/v1alpha1", "kind": "ContourExtensionPolicy",
            "metadata": {"namespace": "shop", "name": "a"},
            "spec": {"targetRefs": [target], "wasm": [{"name": "a", "code": code}]},
        });
        serde_json::from_value(object).unwrap()
    }

    #[test]
    fn what_cannot_be_read_stays_what_it_was() {
        assert!(parse(object("Unheard"), None).is_none());
        let read = parse(object("HTTPProxy"), None).unwrap();
        let kept = parse(object("Unheard"), Some(&read)).unwrap();
        assert!(Arc::ptr_eq(&kept, &read));
    }
}
