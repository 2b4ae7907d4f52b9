//! Requests all the time, each on a connection of its own, while something else goes on.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use hachure_e2e::Client;
use hachure_envoy::Protocol;

use crate::stage::get;

const CLIENTS: usize = 2;
const PAUSE: Duration = Duration::from_millis(4);
/// How long is waited for what must come.
const LIMIT: Duration = Duration::from_secs(120);

/// One request and what became of it.
#[derive(Debug)]
struct Request {
    begun: Instant,
    /// The status; else what went wrong.
    status: Result<u16, String>,
    backend: String,
}

/// Clients that ask without end.
pub(crate) struct Load {
    stop: Arc<AtomicBool>,
    /// Who has answered so far.
    backends: Arc<Mutex<BTreeSet<String>>>,
    clients: Vec<JoinHandle<Vec<Request>>>,
}

impl Load {
    pub(crate) fn start(at: SocketAddr, host: &'static str) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let backends = Arc::<Mutex<BTreeSet<_>>>::default();
        let clients = (0..CLIENTS).map(|_| {
            let (stopped, seen) = (Arc::clone(&stop), Arc::clone(&backends));
            thread::spawn(move || {
                let mut requests = vec![];
                while !stopped.load(Ordering::Relaxed) {
                    let request = ask(at, host);
                    if request.status.is_ok() {
                        seen.lock().unwrap().insert(request.backend.clone());
                    }
                    requests.push(request);
                    thread::sleep(PAUSE);
                }
                requests
            })
        });
        Self {
            stop: Arc::clone(&stop),
            backends: Arc::clone(&backends),
            clients: clients.collect(),
        }
    }

    /// Waits until so many backends have answered.
    pub(crate) fn until_backends(&self, least: usize) {
        let start = Instant::now();
        loop {
            let backends = self.backends.lock().unwrap().clone();
            if backends.len() >= least {
                break;
            }
            assert!(start.elapsed() < LIMIT, "{backends:?} have answered");
            thread::sleep(PAUSE);
        }
    }

    pub(crate) fn end(self) -> Story {
        self.stop.store(true, Ordering::Relaxed);
        let requests = self
            .clients
            .into_iter()
            .flat_map(|client| client.join().unwrap());
        Story(requests.collect())
    }
}

fn ask(at: SocketAddr, host: &str) -> Request {
    let begun = Instant::now();
    let answer = Client::new(at, Protocol::Http1).send(&get(host));
    let header = |name: &str| {
        answer
            .as_ref()
            .map(|answer| answer.text(name))
            .unwrap_or_default()
    };
    Request {
        begun,
        backend: header("x-backend"),
        status: answer.map(|answer| answer.status()),
    }
}

/// What became of all requests.
pub(crate) struct Story(Vec<Request>);

impl Story {
    /// None failed, and there were enough for that to say something.
    pub(crate) fn none_failed(&self) {
        let failed: Vec<_> = self
            .0
            .iter()
            .filter(|request| request.status != Ok(200))
            .collect();
        let first = self.0.first().map(|request| request.begun).unwrap();
        let when: Vec<_> = failed.iter().map(|request| request.begun - first).collect();
        assert!(
            failed.is_empty(),
            "{} of {}: {failed:#?} {when:?}",
            failed.len(),
            self.0.len()
        );
        assert!(self.0.len() > 200, "{} requests", self.0.len());
    }
}
