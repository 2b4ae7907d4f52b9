//! One stream of listeners or of routes to an Envoy: what it asks for, what it was sent, and what
//! it said to that.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::sync::mpsc;
use tonic::{Status, Streaming};

use crate::timer::until;
use crate::types;
use crate::world::World;
use crate::xds::clusters::Had;
use crate::xds::message::{Request, Response};
use crate::xds::server::{Answer, Report, Worlds};
use crate::xds::taken::Taken;

/// How long a connection manager that is being replaced keeps the routes that it has, from the
/// moment when its successor has its own: that is when Envoy begins to serve with the successor.
const HANDOVER: Duration = Duration::from_secs(1);
/// How long it keeps them at most.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long listeners wait for the clusters that their filters call.
const CLUSTERS: Duration = Duration::from_secs(5);

pub(crate) type Sender = mpsc::Sender<Result<Response, Status>>;

/// Serves listeners until the stream ends.
pub(crate) async fn listeners(
    worlds: Worlds,
    mut requests: Streaming<Bytes>,
    responses: Sender,
    (taken, had): (&Taken, &Had),
    report: impl Fn(Report),
) -> Option<()> {
    let first = Request::read(&requests.message().await.ok()??).ok()?;
    report(Report::Connected(first.node.clone()));
    let mut stream = Listeners {
        worlds,
        taken,
        had,
        node: first.node,
        sent: None,
        count: 0,
        accepted: false,
        waits: None,
    };
    let mut routes = taken.settled.subscribe();
    let mut clusters = had.news();
    stream.worlds.mark_changed();
    loop {
        tokio::select! {
            request = requests.message() => {
                let request = Request::read(&request.ok()??).ok()?;
                stream.hear(request).into_iter().for_each(&report);
                continue;
            }
            changed = stream.worlds.changed() => changed.ok()?,
            changed = routes.changed(), if stream.waits.is_some() => changed.ok()?,
            changed = clusters.changed(), if stream.waits.is_some() => changed.ok()?,
            () = until(stream.waits.as_ref().and_then(|waits| waits.again)) => {}
        }
        let (response, known) = stream.next();
        known.into_iter().for_each(&report);
        if let Some(response) = response {
            responses.send(Ok(response)).await.ok()?;
        }
    }
}

struct Listeners<'t> {
    worlds: Worlds,
    taken: &'t Taken,
    had: &'t Had,
    node: String,
    /// With the number of its state.
    sent: Option<(u64, Response)>,
    count: u64,
    accepted: bool,
    /// The newest listeners wait.
    waits: Option<Waits>,
}

struct Waits {
    since: Instant,
    /// When to look again.
    again: Option<Instant>,
    /// For the routes of that name.
    routes: Option<String>,
}

impl Listeners<'_> {
    /// Takes the answer to what was sent last.
    fn hear(&mut self, request: Request) -> Option<Report> {
        let (number, response) = self.sent.as_ref()?;
        if request.nonce != response.nonce {
            return None;
        }
        self.accepted = request.refusal.is_none();
        let answer = request.refusal.map_or(Answer::Accepted, Answer::Refused);
        Some(Report::Answered(*number, answer))
    }

    /// What is to be sent now, or what is known without sending it.
    fn next(&mut self) -> (Option<Response>, Option<Report>) {
        let Some(world) = self.worlds.borrow_and_update().clone() else {
            return (None, None);
        };
        if let Some((number, response)) = &mut self.sent
            && response.resources == world.listeners()
        {
            self.waits = None;
            *number = world.number;
            let known = Report::Answered(world.number, Answer::Accepted);
            return (None, self.accepted.then_some(known));
        }
        self.waits = self.waits(&world);
        if self.waits.is_some() {
            return (None, None);
        }
        self.count = self.count.saturating_add(1);
        let response = Response {
            version: world.version().to_owned(),
            nonce: self.count.to_string(),
            type_url: types::LISTENER.to_owned(),
            resources: world.listeners().to_vec(),
        };
        self.accepted = false;
        self.sent = Some((world.number, response.clone()));
        (Some(response), None)
    }

    /// What the listeners of that state wait for. They serve at once with routes that their Envoy has:
    /// those must be the ones of now. And their filters call clusters that it must have.
    fn waits(&self, world: &World) -> Option<Waits> {
        let now = Instant::now();
        let before = self.waits.as_ref();
        let since = before.map_or(now, |waits| waits.since);
        let last = before.and_then(|waits| waits.routes.as_deref());
        let routes = self.taken.behind(&self.node, world, last);
        let of_routes = since.checked_add(PATIENCE).filter(|_| routes.is_some());
        let latest = since.checked_add(CLUSTERS);
        let ready = self.had.ready(&self.node, &world.clusters, now);
        let of_clusters = ready.or(latest).min(latest);
        let times = [of_routes, of_clusters].into_iter().flatten();
        let again = times.filter(|time| *time > now).min();
        again.is_some().then_some(Waits {
            since,
            again,
            routes,
        })
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
            responses.send(Ok(response)).await.ok()?;
        }
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
        let dropped = self.names.iter();
        let dropped = dropped.filter(|name| !request.names.contains(*name));
        self.taken.let_go(&self.node, dropped);
        self.names = request.names;
        if self.nonce > 0 && self.answered {
            self.taken.hold(&self.node, &self.sent);
        } else if self.nonce == 0 && self.has {
            // Whatever they are.
            let unknown = self.names.iter();
            let unknown = unknown.map(|name| (name.clone(), Bytes::new()));
            self.taken.hold(&self.node, &unknown.collect());
        }
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

impl Drop for Routes<'_> {
    fn drop(&mut self) {
        self.taken.let_go(&self.node, self.names.iter());
    }
}
