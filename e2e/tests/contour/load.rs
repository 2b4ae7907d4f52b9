//! Requests without a pause, while something changes.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use hachure_casefile::Message;
use hachure_e2e::http1::Connection;
use hachure_e2e::{Client, Http2Connection, Received};
use hachure_envoy::Protocol;

use crate::stage::{Stage, get};

/// A status, and the header that policies set.
pub(crate) type Answer = (u16, String);

pub(crate) fn answer(received: &Received) -> Answer {
    (received.status(), received.text("x-policy"))
}

/// Requests to a host, one after the other, until it is stopped.
pub(crate) struct Load {
    stop: Arc<AtomicBool>,
    answers: JoinHandle<Vec<Answer>>,
}

impl Load {
    /// Each on a connection of its own.
    pub(crate) fn start(stage: &Stage, host: &str) -> Self {
        Self::sending(stage, get(host))
    }

    /// The same with that request.
    pub(crate) fn sending(stage: &Stage, request: Message) -> Self {
        let client = Client::new(stage.edge.http(), Protocol::Http1);
        Self::of(Duration::ZERO, move || client.send(&request).unwrap())
    }

    /// All on one connection, which is held open.
    pub(crate) fn held(stage: &Stage, host: &str, protocol: Protocol) -> Self {
        let mut held = Held::open(stage.edge.http(), host, protocol);
        Self::of(Duration::from_millis(20), move || held.get().unwrap())
    }

    /// Returns after the first answer.
    fn of(pause: Duration, mut ask: impl FnMut() -> Received + Send + 'static) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let (begun, first) = mpsc::channel();
        let answers = thread::spawn(move || {
            let mut answers = vec![answer(&ask())];
            begun.send(()).unwrap();
            loop {
                // The last one begins after the end was asked for.
                let last = stopped.load(Ordering::SeqCst);
                thread::sleep(pause);
                answers.push(answer(&ask()));
                if last {
                    return answers;
                }
            }
        });
        first.recv().unwrap();
        Self { stop, answers }
    }

    /// The answers, where equal neighbours are one.
    pub(crate) fn end(self) -> Vec<Answer> {
        self.stop.store(true, Ordering::SeqCst);
        let mut answers = self.answers.join().unwrap();
        assert!(answers.len() > 20, "{answers:?}");
        answers.dedup();
        answers
    }
}

/// A connection that is held open.
pub(crate) enum Held {
    Http1(Connection, String),
    Http2(Http2Connection, String),
}

impl Held {
    pub(crate) fn open(address: SocketAddr, host: &str, protocol: Protocol) -> Self {
        match protocol {
            Protocol::Http1 => {
                let connection = Connection::open(address, b"").unwrap();
                Self::Http1(connection, host.to_owned())
            }
            Protocol::Http2 => {
                let connection = Http2Connection::open(address).unwrap();
                Self::Http2(connection, host.to_owned())
            }
        }
    }

    /// `GET /`.
    pub(crate) fn get(&mut self) -> Result<Received, String> {
        match self {
            Self::Http1(connection, host) => {
                let line = format!("GET / HTTP/1.1\r\nhost: {host}\r\n\r\n");
                connection.send(line.as_bytes())?;
                connection.receive("GET")
            }
            Self::Http2(connection, host) => connection.send(&get(host)),
        }
    }
}
