//! One stream of clusters to an Envoy: Contour's, as they are, and behind them those of policies.

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::sync::watch;
use tonic::Streaming;

use crate::clusters::Clusters;
use crate::types;
use crate::xds::contour::Known;
use crate::xds::message::{Request, Response};
use crate::xds::server::{Answer, Report, Worlds};
use crate::xds::session::Sender;

/// How long an Envoy may take to find the address of a cluster that it has just taken: it cannot be
/// called before.
const RESOLVING: Duration = Duration::from_secs(1);

/// Which clusters of policies Envoys have, and since when.
#[derive(Debug, Default)]
pub(crate) struct Had {
    /// By node, with the number of the stream that told it.
    since: Mutex<HashMap<String, (u64, Since)>>,
    changed: watch::Sender<()>,
    streams: AtomicU64,
}

/// By the names of clusters.
type Since = HashMap<String, Instant>;

impl Had {
    /// When that Envoy has all clusters that are called now; none where that is not known yet.
    pub(crate) fn ready(&self, node: &str, clusters: &Clusters, now: Instant) -> Option<Instant> {
        let since = self.since.lock().unwrap_or_else(PoisonError::into_inner);
        let has = since.get(node).map(|(_, has)| has);
        let mut ready = now;
        for cluster in clusters.current() {
            let since = *has?.get(&cluster.name)?;
            if cluster.resolves {
                ready = ready.max(since.checked_add(RESOLVING)?);
            }
        }
        Some(ready)
    }

    /// Wakes when an Envoy has taken clusters.
    pub(crate) fn news(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }

    fn take(&self, node: &Node<'_>, names: &BTreeSet<String>) {
        let mut all = self.since.lock().unwrap_or_else(PoisonError::into_inner);
        let (_, before) = all.remove(&node.name).unwrap_or_default();
        let since = |name: &String| before.get(name).copied().unwrap_or_else(Instant::now);
        let now = names
            .iter()
            .map(|name| (name.clone(), since(name)))
            .collect();
        all.insert(node.name.clone(), (node.stream, now));
        drop(all);
        self.changed.send_replace(());
    }

    /// A stream that ends late says nothing of the one that has followed it.
    fn forget(&self, node: &Node<'_>) {
        let mut all = self.since.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((stream, _)) = all.get(&node.name)
            && *stream == node.stream
        {
            all.remove(&node.name);
        }
    }
}

/// Serves clusters until the stream ends. Contour's come at once: endpoints, and with them the
/// services of every route, do not wait for policies.
pub(crate) async fn clusters(
    (of_contour, worlds): (Known, Worlds),
    mut requests: Streaming<Bytes>,
    responses: Sender,
    had: &Had,
    report: impl Fn(Report),
) -> Option<()> {
    let first = Request::read(&requests.message().await.ok()??).ok()?;
    let mut stream = Stream {
        of_contour,
        worlds,
        has: !first.version.is_empty(),
        sent: None,
        nonce: 0,
    };
    let node = Node {
        name: first.node,
        stream: had.streams.fetch_add(1, Ordering::Relaxed),
        had,
    };
    loop {
        if let Some(response) = stream.next() {
            responses.send(Ok(response)).await.ok()?;
        }
        tokio::select! {
            request = requests.message() => {
                let request = Request::read(&request.ok()??).ok()?;
                let Some(sent) = stream.sent.as_ref().filter(|sent| sent.nonce == request.nonce) else {
                    continue;
                };
                match request.refusal {
                    None => had.take(&node, &sent.ours),
                    Some(why) => report(Report::Answered(sent.number, Answer::Refused(why))),
                }
            }
            changed = stream.of_contour.changed() => changed.ok()?,
            changed = stream.worlds.changed() => changed.ok()?,
        }
    }
}

/// What is known of an Envoy is forgotten with its stream.
struct Node<'h> {
    name: String,
    stream: u64,
    had: &'h Had,
}

impl Drop for Node<'_> {
    fn drop(&mut self) {
        self.had.forget(self);
    }
}

struct Stream {
    of_contour: Known,
    worlds: Worlds,
    /// It had its clusters from an earlier stream.
    has: bool,
    sent: Option<Sent>,
    nonce: u64,
}

struct Sent {
    nonce: String,
    resources: Vec<Bytes>,
    /// The names of those that are not Contour's.
    ours: BTreeSet<String>,
    number: u64,
}

impl Stream {
    /// What is to be sent now.
    fn next(&mut self) -> Option<Response> {
        let of_contour = self.of_contour.borrow_and_update().clone()?;
        let world = self.worlds.borrow_and_update().clone();
        if world.is_none() && self.has {
            // It may have filters that call what only policies tell.
            return None;
        }
        let number = world.as_ref().map_or(0, |world| world.number);
        let clusters = world.as_ref().map(|world| &world.clusters);
        let ours = clusters.map(Clusters::served).unwrap_or_default();
        let mut resources: Vec<_> = of_contour.resources.values().cloned().collect();
        resources.extend(ours.values().map(|message| Bytes::clone(message)));
        if let Some(sent) = self
            .sent
            .as_mut()
            .filter(|sent| sent.resources == resources)
        {
            sent.number = number;
            return None;
        }
        let version = match clusters.and_then(Clusters::version) {
            Some(version) => format!("{}~{version}", of_contour.version),
            None => of_contour.version.clone(),
        };
        self.nonce = self.nonce.saturating_add(1);
        let nonce = self.nonce.to_string();
        self.sent = Some(Sent {
            nonce: nonce.clone(),
            resources: resources.clone(),
            ours: ours.keys().map(|name| (*name).to_owned()).collect(),
            number,
        });
        Some(Response {
            version,
            nonce,
            type_url: types::CLUSTER.to_owned(),
            resources,
        })
    }
}
