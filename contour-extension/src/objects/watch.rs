//! The objects of the cluster, followed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use kube::Client;
use kube::api::{ApiResource, DynamicObject, GroupVersionKind};
use tokio::sync::watch as channel;

use crate::objects::{Name, Objects, Of, follow, read};

/// The objects: none until every kind was read once.
pub type Known = channel::Receiver<Option<Arc<Objects>>>;

/// Follows the objects of all namespaces, for as long as someone listens.
pub fn watch(client: &Client) -> Known {
    let (sender, known) = channel::channel(None);
    let kinds = Kinds {
        client: client.clone(),
        state: Arc::new(State {
            sender,
            gathered: Mutex::default(),
        }),
    };
    let gateway = "gateway.networking.k8s.io";
    kinds.start([
        kinds.kind("projectcontour.io", "HTTPProxy", read::proxy, |objects| {
            &mut objects.proxies
        }),
        kinds.kind("networking.k8s.io", "Ingress", read::labels, |objects| {
            &mut objects.ingresses
        }),
        kinds.kind(gateway, "HTTPRoute", read::labels, |objects| {
            &mut objects.http_routes
        }),
        kinds.kind(gateway, "GRPCRoute", read::labels, |objects| {
            &mut objects.grpc_routes
        }),
        kinds.kind(gateway, "Gateway", read::gateway, |objects| {
            &mut objects.gateways
        }),
    ]);
    known
}

struct Kinds {
    client: Client,
    state: Arc<State>,
}

struct State {
    sender: channel::Sender<Option<Arc<Objects>>>,
    gathered: Mutex<Gathered>,
}

#[derive(Default)]
struct Gathered {
    objects: Objects,
    /// The kinds that were not read yet.
    missing: BTreeSet<&'static str>,
}

/// A kind, and the task that follows it.
type Kind = (
    &'static str,
    std::pin::Pin<Box<dyn Future<Output = ()> + Send>>,
);

impl Kinds {
    fn kind<T: PartialEq + Send + Sync + 'static>(
        &self,
        group: &str,
        kind: &'static str,
        read: fn(&DynamicObject) -> T,
        of: fn(&mut Objects) -> &mut Of<T>,
    ) -> Kind {
        let resource = ApiResource::from_gvk(&GroupVersionKind::gvk(group, "v1", kind));
        let read = move |object: DynamicObject, before: Option<&Arc<T>>| {
            let what = read(&object);
            let same = before.filter(|before| ***before == what);
            Some(same.cloned().unwrap_or_else(|| Arc::new(what)))
        };
        let state = Arc::clone(&self.state);
        let tell = move |known: &BTreeMap<Name, Arc<T>>| state.put(kind, known, of);
        let task = follow(self.client.clone(), resource, read, tell);
        (kind, Box::pin(task))
    }

    fn start<const N: usize>(&self, kinds: [Kind; N]) {
        let names = kinds.iter().map(|(kind, _)| *kind).collect();
        self.state.gathered().missing = names;
        for (_, task) in kinds {
            tokio::spawn(task);
        }
    }
}

impl State {
    fn gathered(&self) -> std::sync::MutexGuard<'_, Gathered> {
        self.gathered.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes what is known of a kind. Nothing is told where nothing differs: most changes of
    /// objects are of their status.
    fn put<T: PartialEq>(
        &self,
        kind: &'static str,
        known: &BTreeMap<Name, Arc<T>>,
        of: fn(&mut Objects) -> &mut Of<T>,
    ) -> bool {
        let mut gathered = self.gathered();
        let first = gathered.missing.remove(kind);
        let objects = of(&mut gathered.objects);
        let differs = **objects != *known;
        if differs {
            *objects = Arc::new(known.clone());
        }
        if gathered.missing.is_empty() && (first || differs) {
            let objects = Arc::new(gathered.objects.clone());
            self.sender.send_replace(Some(objects));
        }
        !self.sender.is_closed()
    }
}
