//! A web server with files, that can go away and come back.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

pub(crate) struct Web {
    address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    files: Mutex<HashMap<String, Vec<u8>>>,
    away: AtomicBool,
    asked: AtomicUsize,
}

impl Web {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared::default());
        let serving = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // Who comes while it is away is cut off.
                if !serving.away.load(Ordering::SeqCst) {
                    let _ = serving.answer(&stream);
                }
            }
        });
        Self { address, shared }
    }

    /// Its host and port.
    pub(crate) fn name(&self) -> String {
        self.address.to_string()
    }

    /// Puts a file there and returns its URL.
    pub(crate) fn put(&self, name: &str, bytes: &[u8]) -> String {
        let path = format!("/{name}");
        let url = format!("http://{}{path}", self.address);
        self.shared
            .files
            .lock()
            .unwrap()
            .insert(path, bytes.to_vec());
        url
    }

    pub(crate) fn go_away(&self) {
        self.shared.away.store(true, Ordering::SeqCst);
    }

    pub(crate) fn come_back(&self) {
        self.shared.away.store(false, Ordering::SeqCst);
    }

    /// How many requests it has answered.
    pub(crate) fn asked(&self) -> usize {
        self.shared.asked.load(Ordering::SeqCst)
    }
}

impl Shared {
    fn answer(&self, mut stream: &TcpStream) -> std::io::Result<()> {
        let mut lines = BufReader::new(stream).lines();
        let first = lines.next().unwrap_or(Ok(String::new()))?;
        for line in lines {
            if line?.is_empty() {
                break;
            }
        }
        self.asked.fetch_add(1, Ordering::SeqCst);
        let path = first.split(' ').nth(1).unwrap_or_default();
        let file = self.files.lock().unwrap().get(path).cloned();
        let status = if file.is_some() {
            "200 OK"
        } else {
            "404 Not Found"
        };
        let body = file.unwrap_or_default();
        let length = body.len();
        write!(
            stream,
            "HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n"
        )?;
        stream.write_all(&body)
    }
}
