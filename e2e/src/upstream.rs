//! An upstream that answers as it is told and remembers what it was asked.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use hachure_casefile::Message;
use hachure_envoy::Protocol;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::http1::Connection;
use crate::runtime::runtime;
use crate::{Received, http2, response};

/// A server on a port that the kernel chose. Dropping it ends it.
pub struct Upstream {
    address: SocketAddr,
    script: Arc<Mutex<Script>>,
    server: JoinHandle<()>,
}

#[derive(Default)]
struct Script {
    answers: Vec<Message>,
    away: bool,
    received: Vec<Received>,
}

impl Upstream {
    /// Starts one on loopback that answers 200 until it is told otherwise.
    pub fn start(protocol: Protocol) -> Self {
        Self::start_at(Ipv4Addr::LOCALHOST.into(), protocol)
    }

    /// The same on another address of this machine.
    pub fn start_at(address: IpAddr, protocol: Protocol) -> Self {
        let script = Arc::new(Mutex::new(Script::default()));
        let shared = Arc::clone(&script);
        let listener = runtime()
            .block_on(TcpListener::bind((address, 0)))
            .expect("a port");
        let address = listener.local_addr().expect("its address");
        let server = runtime().spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let script = Arc::clone(&shared);
                // What ends a connection early shows in what the client sees.
                tokio::spawn(async move {
                    match protocol {
                        Protocol::Http1 => drop(serve_http1(stream, &script).await),
                        Protocol::Http2 => drop(serve_http2(stream, &script).await),
                    }
                });
            }
        });
        Self {
            address,
            script,
            server,
        }
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers the next requests with these in turn, and all later ones with the last.
    pub fn answer(&self, answers: impl IntoIterator<Item = Message>) {
        let mut script = self.script.lock().expect("the script");
        script.answers = answers.into_iter().collect();
        script.received.clear();
    }

    /// Breaks off every connection on which something is asked, until it is told otherwise.
    pub fn be_away(&self, away: bool) {
        self.script.lock().expect("the script").away = away;
    }

    /// Answers 200 again, and forgets what it was asked.
    pub fn reset(&self) {
        self.answer([]);
    }

    /// The requests since they were last taken.
    pub fn take(&self) -> Vec<Received> {
        std::mem::take(&mut self.script.lock().expect("the script").received)
    }
}

impl Drop for Upstream {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Script {
    /// None where it is away.
    fn next(&mut self, request: Received) -> Option<Message> {
        self.received.push(request);
        (!self.away).then(|| match self.answers.len() {
            0 => response(200, &[], ""),
            1 => self.answers[0].clone(),
            _ => self.answers.remove(0),
        })
    }
}

async fn serve_http1(stream: TcpStream, script: &Mutex<Script>) -> Result<(), String> {
    let mut connection = Connection::new(stream);
    while let Some(head) = connection.request_head().await? {
        if head.headers.values("expect").any(|v| v == b"100-continue") {
            connection.write(b"HTTP/1.1 100 Continue\r\n\r\n").await?;
        }
        let (body, trailers) = connection.read_body(&head, false).await?;
        let (method, target) = head.method_and_target();
        let authority = head.headers.values("host").next().unwrap_or_default();
        let pseudo = [
            (":method", method),
            (":authority", authority),
            (":path", target),
        ];
        let mut headers = head.with_pseudo(&pseudo);
        headers.remove("host");
        let received = Received {
            headers,
            body,
            trailers,
            interim: vec![],
        };
        let Some(answer) = script.lock().expect("the script").next(received) else {
            return Ok(());
        };
        let status = crate::message::first(&answer, ":status")
            .unwrap_or(b"200")
            .to_vec();
        let tunnel = status == b"101" || (method == b"CONNECT" && status.starts_with(b"2"));
        let bodiless = tunnel || method == b"HEAD" || status == b"204" || status == b"304";
        connection.write_response(&answer, bodiless).await?;
        if tunnel {
            return connection.echo().await;
        }
    }
    Ok(())
}

async fn serve_http2(stream: TcpStream, script: &Arc<Mutex<Script>>) -> Result<(), String> {
    let mut connection = h2::server::handshake(stream)
        .await
        .map_err(|e| e.to_string())?;
    while let Some(stream) = connection.accept().await {
        let (request, respond) = stream.map_err(|e| e.to_string())?;
        let script = Arc::clone(script);
        tokio::spawn(async move {
            let answer = |request| script.lock().expect("the script").next(request);
            http2::serve(request, respond, answer).await
        });
    }
    Ok(())
}
