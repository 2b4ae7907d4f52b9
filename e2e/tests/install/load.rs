//! Requests all the time, each on a connection of its own, while something else goes on.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use hachure_e2e::Client;
use hachure_envoy::Protocol;

use crate::stage::get;

const CLIENTS: usize = 2;
const PAUSE: Duration = Duration::from_millis(4);

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
    clients: Vec<JoinHandle<Vec<Request>>>,
}

impl Load {
    pub(crate) fn start(at: SocketAddr, host: &'static str) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let clients = (0..CLIENTS).map(|_| {
            let stopped = Arc::clone(&stop);
            thread::spawn(move || {
                let mut requests = vec![];
                while !stopped.load(Ordering::Relaxed) {
                    requests.push(ask(at, host));
                    thread::sleep(PAUSE);
                }
                requests
            })
        });
        Self {
            stop: Arc::clone(&stop),
            clients: clients.collect(),
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

    /// How many backends have answered.
    pub(crate) fn backends(&self) -> usize {
        let mut backends: Vec<_> = self.0.iter().map(|request| &request.backend).collect();
        backends.sort();
        backends.dedup();
        backends.len()
    }
}
