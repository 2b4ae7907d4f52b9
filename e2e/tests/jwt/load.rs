//! Requests without pause, while things go wrong around them.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use hachure_e2e::http1::Connection;
use hachure_e2e::{Gateway, Received};

use crate::gate::{Verdict, said};

/// How long a client pauses between two requests.
const PACE: Duration = Duration::from_millis(10);
/// How many clients send the same: they meet several workers.
const CLIENTS: usize = 3;

/// Clients that ask again and again.
pub(crate) struct Load {
    over: Arc<AtomicBool>,
    clients: Vec<JoinHandle<History>>,
}

/// What one client was told.
pub(crate) struct History {
    kind: &'static str,
    /// The same twice in a row is here once.
    pub(crate) verdicts: Vec<Verdict>,
    pub(crate) slowest: Duration,
    passed: usize,
    lost: Vec<String>,
}

/// The clients' histories by the kind of their tokens.
pub(crate) type Histories = BTreeMap<&'static str, Vec<History>>;

/// Makes the token of a client's next request.
pub(crate) type Token = Arc<dyn Fn(usize) -> String + Send + Sync>;

impl Load {
    /// Starts clients for each kind of tokens.
    pub(crate) fn start(gateway: &Gateway, kinds: &[(&'static str, Token)]) -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let all = kinds.iter().flat_map(|kind| [kind; CLIENTS]);
        let client = |(kind, token): &(&'static str, Token)| {
            let (kind, token) = (*kind, Arc::clone(token));
            let (address, over) = (gateway.address(), Arc::clone(&over));
            thread::spawn(move || History::of(kind, &*token, address, &over))
        };
        Self {
            clients: all.map(client).collect(),
            over,
        }
    }

    /// Ends it. Each request must have been answered, and those that were answered 200, and only
    /// they, must have reached the upstream.
    pub(crate) fn end(self, gateway: &Gateway) -> Histories {
        self.over.store(true, Ordering::Relaxed);
        let mut all = Histories::new();
        let mut passed: BTreeMap<String, usize> = BTreeMap::new();
        for client in self.clients {
            let history = client.join().unwrap();
            assert!(
                history.lost.is_empty(),
                "{}: {:?}",
                history.kind,
                history.lost
            );
            if history.passed > 0 {
                *passed.entry(history.kind.to_owned()).or_default() += history.passed;
            }
            all.entry(history.kind).or_default().push(history);
        }
        let mut arrived: BTreeMap<String, usize> = BTreeMap::new();
        for request in gateway.upstream.take() {
            *arrived.entry(request.text("x-kind")).or_default() += 1;
        }
        assert_eq!(arrived, passed, "requests at the upstream, and answers 200");
        all
    }
}

impl History {
    fn of(
        kind: &'static str,
        token: &dyn Fn(usize) -> String,
        address: SocketAddr,
        over: &AtomicBool,
    ) -> Self {
        let mut history = Self {
            kind,
            verdicts: vec![],
            slowest: Duration::ZERO,
            passed: 0,
            lost: vec![],
        };
        let mut connection = None;
        for turn in 0.. {
            if over.load(Ordering::Relaxed) {
                break;
            }
            let start = Instant::now();
            match ask(&mut connection, address, kind, &token(turn)) {
                Ok(answer) => history.add(said(&answer), start.elapsed()),
                Err(why) => {
                    history.lost.push(why);
                    connection = None;
                }
            }
            thread::sleep(PACE);
        }
        history
    }

    fn add(&mut self, verdict: Verdict, took: Duration) {
        self.passed += usize::from(verdict.status == 200);
        self.slowest = self.slowest.max(took);
        if self.verdicts.last() != Some(&verdict) {
            self.verdicts.push(verdict);
        }
    }
}

fn ask(
    connection: &mut Option<Connection>,
    address: SocketAddr,
    kind: &str,
    token: &str,
) -> Result<Received, String> {
    let open = match connection {
        Some(open) => open,
        None => connection.insert(Connection::open(address, b"")?),
    };
    let lines = format!("x-kind: {kind}\r\nauthorization: Bearer {token}\r\n");
    open.send(format!("GET / HTTP/1.1\r\nhost: a\r\n{lines}\r\n").as_bytes())?;
    open.receive("GET")
}

/// What every client of a kind was told, one after the other.
#[track_caller]
pub(crate) fn told(histories: &Histories, kind: &str, expected: &[Verdict]) {
    for history in &histories[kind] {
        assert_eq!(history.verdicts, expected, "{kind}");
    }
}

/// What clients of a kind may have been told, and nothing else.
#[track_caller]
pub(crate) fn told_only(histories: &Histories, kind: &str, allowed: &[Verdict]) {
    for history in &histories[kind] {
        assert!(!history.verdicts.is_empty(), "{kind}");
        let strange = |verdict: &&Verdict| !allowed.contains(verdict);
        assert_eq!(history.verdicts.iter().find(strange), None, "{kind}");
    }
}
