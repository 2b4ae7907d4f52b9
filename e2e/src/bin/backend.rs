//! A server of Pods: answers every request on port 8080 with 200 and, in `x-backend`, the name of its
//! host.
#![allow(clippy::expect_used, reason = "a part of a test")]

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

fn main() {
    let name = std::env::var("HOSTNAME").unwrap_or_default();
    let listener = TcpListener::bind(("0.0.0.0", 8080)).expect("the port");
    for stream in listener.incoming().flatten() {
        let name = name.clone();
        thread::spawn(move || serve(&stream, &name));
    }
}

/// Requests without bodies, one after the other.
fn serve(mut stream: &TcpStream, name: &str) -> Option<()> {
    let mut lines = BufReader::new(stream).lines();
    loop {
        while !lines.next()?.ok()?.is_empty() {}
        let answer =
            format!("HTTP/1.1 200 OK\r\nx-backend: {name}\r\ncontent-length: 3\r\n\r\nok\n");
        stream.write_all(answer.as_bytes()).ok()?;
    }
}
