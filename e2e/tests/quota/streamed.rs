//! Costs that the body of a response tells: the bytes pass at once, and are read on their way.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use hachure_e2e::setup::{self, Running};
use hachure_envoy::{Bootstrap, Cluster, Listener, Route};
use serde_json::json;

use crate::quota;

const BEGIN: &str = "data: {\"text\": \"Once\", \"usage\": null}\n\n";
const END: &str = "data: {\"usage\": {\"total_tokens\": 70}}\n\ndata: [DONE]\n\n";

/// An upstream that streams events: the end of each answer only when it is told so.
fn upstream() -> (u16, Sender<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (go_on, told) = channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            // A client that has gone away took the connection with it.
            let _ = answer(stream.unwrap(), &told);
        }
    });
    (port, go_on)
}

fn answer(mut stream: TcpStream, told: &Receiver<()>) -> std::io::Result<()> {
    read_head(&mut BufReader::new(stream.try_clone()?));
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\
                connection: close\r\ntransfer-encoding: chunked\r\n\r\n";
    stream.write_all(head.as_bytes())?;
    stream.write_all(chunk(BEGIN).as_bytes())?;
    if told.recv_timeout(Duration::from_secs(20)).is_ok() {
        stream.write_all(chunk(END).as_bytes())?;
        stream.write_all(chunk("").as_bytes())?;
    }
    Ok(())
}

fn chunk(text: &str) -> String {
    format!("{:x}\r\n{text}\r\n", text.len())
}

/// The lines of a head.
fn read_head(from: &mut impl BufRead) -> Vec<String> {
    let lines = from.lines().map(|line| line.unwrap().to_ascii_lowercase());
    lines.take_while(|line| !line.is_empty()).collect()
}

fn envoy(port: u16) -> Running {
    let config = json!({"limits": [{
        "name": "tokens",
        "quota": {"limit": 100, "window": "year"},
        "acceptLoss": true,
        "cost": {"responseBody": {"pointer": "/usage/total_tokens", "default": 2}},
    }]});
    let listener = Listener::new("main")
        .filter(quota(config))
        .route(Route::prefix("/").to("model"));
    let cluster = Cluster::new("model", "127.0.0.1", port);
    setup::start(&Bootstrap::new().listener(listener).cluster(cluster), 2)
}

/// A response whose body is still to come.
struct Open {
    head: Vec<String>,
    body: BufReader<TcpStream>,
}

impl Open {
    fn get(address: SocketAddr) -> Self {
        let mut stream = TcpStream::connect(address).unwrap();
        let limit = Some(Duration::from_secs(10));
        stream.set_read_timeout(limit).unwrap();
        let request = b"GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
        stream.write_all(request).unwrap();
        let mut body = BufReader::new(stream);
        let head = read_head(&mut body);
        Self { head, body }
    }

    fn status(&self) -> &str {
        self.head[0].split(' ').nth(1).unwrap()
    }

    /// What is left, as the response says.
    fn left(&self) -> &str {
        let mut fields = self
            .head
            .iter()
            .filter_map(|line| line.strip_prefix("ratelimit: "));
        let field = fields.next().unwrap();
        field.split(';').nth(1).unwrap()
    }

    /// Reads the body until it has that text.
    fn until(&mut self, text: &str) {
        let mut seen = vec![];
        while !String::from_utf8_lossy(&seen).contains(text) {
            let mut byte = [0];
            self.body.read_exact(&mut byte).unwrap();
            seen.extend(byte);
        }
    }
}

#[test]
fn events_pass_at_once_and_cost_what_the_last_of_them_says() {
    let (port, go_on) = upstream();
    let envoy = envoy(port);
    let address = envoy.process.address("main").unwrap();
    for left in ["r=98", "r=28"] {
        let mut response = Open::get(address);
        assert_eq!((response.status(), response.left()), ("200", left));
        // The end is not even written before the client has the beginning.
        response.until(BEGIN.trim_end());
        go_on.send(()).unwrap();
        response.until("[DONE]");
    }
    let refused = Open::get(address);
    assert_eq!((refused.status(), refused.left()), ("429", "r=0"));
}

#[test]
fn a_client_that_goes_away_has_used_the_default() {
    let (port, go_on) = upstream();
    let envoy = envoy(port);
    let address = envoy.process.address("main").unwrap();
    let mut response = Open::get(address);
    response.until(BEGIN.trim_end());
    drop(response);
    let reset = r"^cluster\.model\.upstream_rq_active$";
    let limit = Instant::now() + Duration::from_secs(10);
    while envoy.process.stats(reset).unwrap()["cluster.model.upstream_rq_active"] > 0 {
        assert!(Instant::now() < limit, "the request goes on");
        thread::sleep(Duration::from_millis(20));
    }
    go_on.send(()).unwrap();
    assert_eq!(Open::get(address).left(), "r=96");
}
