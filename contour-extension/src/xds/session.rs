//! One stream of listeners or of routes to an Envoy: what it asks for, what it was sent, and what
//! it said to that.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::sync::{mpsc, watch};
use tonic::{Status, Streaming};

use crate::types;
use crate::world::World;
use crate::xds::clusters::Had;
use crate::xds::message::{Request, Response};
use crate::xds::server::{Answer, Report, Worlds};

/// How long a connection manager that is being replaced keeps the routes that it has, from the
/// moment when its successor has its own: that is when Envoy begins to serve with the successor.
const HANDOVER: Duration = Duration::from_secs(1);
/// How long it keeps them at most.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long listeners wait for the clusters that their filters call.
const CLUSTERS: Duration = Duration::from_secs(5);

pub(crate) type Sender = mpsc::Sender<Result<Bytes, Status>>;

/// Which route configurations Envoys have taken that connection managers ask for now, and since
/// when.
#[derive(Debug, Default)]
pub(crate) struct Taken {
    since: Mutex<HashMap<(String, String), Instant>>,
    changed: watch::Sender<()>,
}

impl Taken {
    fn take(&self, node: &str, name: &str) {
        let mut since = self.since.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (node.to_owned(), name.to_owned());
        if let std::collections::hash_map::Entry::Vacant(entry) = since.entry(key) {
            entry.insert(Instant::now());
            self.changed.send_replace(());
        }
    }

    fn since(&self, node: &str, name: &str) -> Option<Instant> {
        let since = self.since.lock().unwrap_or_else(PoisonError::into_inner);
        since.get(&(node.to_owned(), name.to_owned())).copied()
    }

    /// Forgets what is not asked for any more.
    pub(crate) fn forget_but(&self, world: &World) {
        let mut since = self.since.lock().unwrap_or_else(PoisonError::into_inner);
        since.retain(|(_, name), _| world.current(name) == name);
    }
}

/// Serves listeners until the stream ends.
pub(crate) async fn listeners(
    mut worlds: Worlds,
    mut requests: Streaming<Bytes>,
    responses: Sender,
    had: &Had,
    report: impl Fn(Report),
) -> Option<()> {
    let first = Request::read(&requests.message().await.ok()??).ok()?;
    let node = first.node.clone();
    report(Report::Connected(first.node));
    worlds.mark_changed();
    let mut news = had.news();
    let mut waits: Option<Instant> = None;
    let mut again = None;
    let mut sent: Option<(u64, Response)> = None;
    let mut count = 0_u64;
    let mut accepted = false;
    loop {
        tokio::select! {
            request = requests.message() => {
                let request = Request::read(&request.ok()??).ok()?;
                let Some((number, response)) = &sent else { continue };
                if request.nonce != response.nonce {
                    continue;
                }
                accepted = request.refusal.is_none();
                let answer = request.refusal.map_or(Answer::Accepted, Answer::Refused);
                report(Report::Answered(*number, answer));
                continue;
            }
            changed = worlds.changed() => changed.ok()?,
            changed = news.changed() => changed.ok()?,
            () = until(again) => {}
        }
        let world = worlds.borrow_and_update().clone();
        let Some(world) = world else { continue };
        let known = sent
            .as_ref()
            .is_some_and(|(number, _)| *number == world.number);
        let now = Instant::now();
        let latest = waits.get_or_insert(now).checked_add(CLUSTERS);
        let ready = had.ready(&node, &world.clusters, now).or(latest);
        again = ready.min(latest).filter(|ready| !known && *ready > now);
        if again.is_some() {
            continue;
        }
        waits = None;
        if known {
            continue;
        }
        if let Some((number, response)) = &mut sent
            && response.resources == world.listeners()
        {
            *number = world.number;
            if accepted {
                report(Report::Answered(world.number, Answer::Accepted));
            }
            continue;
        }
        count = count.saturating_add(1);
        let response = Response {
            version: world.version().to_owned(),
            nonce: count.to_string(),
            type_url: types::LISTENER.to_owned(),
            resources: world.listeners().to_vec(),
        };
        responses.send(Ok(response.write())).await.ok()?;
        accepted = false;
        sent = Some((world.number, response));
    }
}

/// Serves routes until the stream ends.
pub(crate) async fn routes(
    worlds: Worlds,
    mut requests: Streaming<Bytes>,
    responses: Sender,
    taken: &Taken,
    report: impl Fn(Report),
) -> Option<()> {
    let mut stream = Routes {
        worlds,
        taken,
        node: String::new(),
        names: vec![],
        sent: BTreeMap::new(),
        since: BTreeMap::new(),
        has: false,
        nonce: 0,
        number: 0,
        answered: true,
    };
    let mut news = taken.changed.subscribe();
    let mut again = None;
    loop {
        let asked = tokio::select! {
            request = requests.message() => {
                let request = Request::read(&request.ok()??).ok()?;
                let refusal = request.refusal.clone();
                let Some(asked) = stream.hear(request) else { continue };
                if let Some(why) = refusal {
                    report(Report::Answered(stream.number, Answer::Refused(why)));
                }
                asked
            }
            changed = stream.worlds.changed() => { changed.ok()?; false }
            changed = news.changed() => { changed.ok()?; false }
            () = until(again) => false,
        };
        let (response, deadline) = stream.next(asked);
        again = deadline;
        if let Some(response) = response {
            responses.send(Ok(response.write())).await.ok()?;
        }
    }
}

async fn until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(tokio::time::Instant::from_std(at)).await,
        None => std::future::pending().await,
    }
}

struct Routes<'t> {
    worlds: Worlds,
    taken: &'t Taken,
    node: String,
    names: Vec<String>,
    sent: BTreeMap<String, Bytes>,
    /// Since when something else should have been sent.
    since: BTreeMap<String, Instant>,
    /// It had its routes from an earlier stream.
    has: bool,
    nonce: u64,
    number: u64,
    answered: bool,
}

impl Routes<'_> {
    /// Takes a request; says whether it asks for something else than before. One that answers an
    /// older response says nothing.
    fn hear(&mut self, request: Request) -> Option<bool> {
        if !request.node.is_empty() {
            self.node = request.node;
        }
        if !request.nonce.is_empty() && request.nonce != self.nonce.to_string() {
            return None;
        }
        if self.nonce == 0 {
            self.has = !request.version.is_empty();
        }
        self.answered = request.refusal.is_none();
        let asked = request.nonce.is_empty() || request.names != self.names;
        self.names = request.names;
        Some(asked)
    }

    /// Until when a name that is not asked for by new connection managers keeps its routes.
    fn kept_until(&mut self, name: &str, current: &str) -> Option<Instant> {
        let since = self
            .since
            .entry(name.to_owned())
            .or_insert_with(Instant::now);
        let handed = self.taken.since(&self.node, current);
        let handover = handed.and_then(|at| at.checked_add(HANDOVER));
        [since.checked_add(PATIENCE), handover]
            .into_iter()
            .flatten()
            .min()
    }

    /// What is to be sent now, and when to look again.
    fn next(&mut self, asked: bool) -> (Option<Response>, Option<Instant>) {
        let Some(world) = self.worlds.borrow_and_update().clone() else {
            return (None, None);
        };
        let mut again: Option<Instant> = None;
        let mut send = BTreeMap::new();
        for name in &self.names.clone() {
            let Some(served) = world.routes(name) else {
                continue;
            };
            let current = world.current(name);
            let had = self.sent.get(name).cloned();
            let another = had.as_ref().map_or(self.has, |had| *had != served.bytes);
            if served.lacks && current != name && another {
                let until = self.kept_until(name, current);
                if until.is_some_and(|until| until > Instant::now()) {
                    again = again.into_iter().chain(until).min();
                    send.extend(had.map(|had| (name.clone(), had)));
                    continue;
                }
            }
            self.since.remove(name);
            send.insert(name.clone(), served.bytes);
        }
        if send.is_empty() || (send == self.sent && !asked) {
            if self.answered {
                for name in send.keys().filter(|name| world.current(name) == *name) {
                    self.taken.take(&self.node, name);
                }
            }
            return (None, again);
        }
        self.sent = send;
        self.answered = false;
        self.nonce = self.nonce.saturating_add(1);
        self.number = world.number;
        let response = Response {
            version: world.version().to_owned(),
            nonce: self.nonce.to_string(),
            type_url: types::ROUTES.to_owned(),
            resources: self.sent.values().cloned().collect(),
        };
        (Some(response), again)
    }
}
