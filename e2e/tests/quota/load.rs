//! Many requests over a few connections that stay open.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::Duration;

/// How many responses had each status.
pub(crate) type Statuses = BTreeMap<u16, u64>;

/// One HTTP/1.1 connection.
pub(crate) struct Connection(BufReader<TcpStream>);

impl Connection {
    pub(crate) fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        let limit = Some(Duration::from_secs(20));
        stream.set_read_timeout(limit).unwrap();
        Self(BufReader::new(stream))
    }

    /// Sends a request with that value of `x-key` and reads the whole response: its status.
    pub(crate) fn get(&mut self, key: &str) -> u16 {
        let request = format!("GET / HTTP/1.1\r\nhost: a\r\nx-key: {key}\r\n\r\n");
        self.0.get_mut().write_all(request.as_bytes()).unwrap();
        let mut status = 0;
        let mut length = 0;
        loop {
            let mut line = String::new();
            self.0.read_line(&mut line).unwrap();
            let line = line.trim_end();
            if line.is_empty() {
                break;
            }
            if let Some(rest) = line.strip_prefix("HTTP/1.1 ") {
                status = rest.split(' ').next().unwrap().parse().unwrap();
            }
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse().unwrap();
            }
        }
        let mut body = vec![0; length];
        self.0.read_exact(&mut body).unwrap();
        status
    }
}

/// Sends `each` requests over each of `connections`, all at once, with the key that `key` makes of
/// the number of the connection and of the request.
pub(crate) fn send(
    address: SocketAddr,
    connections: u64,
    each: u64,
    key: fn(u64, u64) -> String,
) -> Statuses {
    let threads: Vec<_> = (0..connections)
        .map(|connection| {
            thread::spawn(move || {
                let mut open = Connection::open(address);
                let mut statuses = Statuses::new();
                for request in 0..each {
                    let status = open.get(&key(connection, request));
                    *statuses.entry(status).or_default() += 1;
                }
                statuses
            })
        })
        .collect();
    let mut all = Statuses::new();
    for thread in threads {
        for (status, count) in thread.join().unwrap() {
            *all.entry(status).or_default() += count;
        }
    }
    all
}

/// The same key for every request.
pub(crate) fn one_key(_: u64, _: u64) -> String {
    "a".to_owned()
}
