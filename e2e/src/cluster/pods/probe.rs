//! Readiness of a container, as a kubelet asks for it.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::Value;

use super::read::{list, number, text};

/// How long an answer may take: a kubelet's default.
const LIMIT: Duration = Duration::from_secs(1);

/// How long a container's probe has to fail before a ready container is unready.
pub(super) fn patience(container: &Value) -> Duration {
    let of = |member: &str, usual| {
        let given = number(container, &format!("/readinessProbe/{member}"));
        given.unwrap_or(usual)
    };
    // The defaults of a kubelet.
    Duration::from_secs(of("periodSeconds", 10).saturating_mul(of("failureThreshold", 3)))
}

/// Whether the container's readiness probe succeeds; true where it has none. Commands are not run.
pub(super) fn is_ready(container: &Value, address: Ipv4Addr) -> bool {
    let Some(probe) = container.get("readinessProbe") else {
        return true;
    };
    if let Some(get) = probe.get("httpGet") {
        let status = get_status(container, get, address);
        return status.is_some_and(|status| (200..400).contains(&status));
    }
    let port = probe.pointer("/tcpSocket/port");
    port.and_then(|port| number_of(container, port))
        .is_some_and(|port| connect(address, port).is_some())
}

/// Asks the hook `get` of a container, and waits for the answer as long as it takes.
pub(super) fn call(container: &Value, get: &Value, address: Ipv4Addr, limit: Duration) {
    let _ = ask(container, get, address, limit);
}

/// The number of a port that is given as a number or by the name that the container has for it.
pub(super) fn number_of(container: &Value, port: &Value) -> Option<u16> {
    let number = match port.as_str() {
        Some(name) => list(container, "/ports")
            .iter()
            .find(|port| text(port, "/name") == name)
            .and_then(|port| number(port, "/containerPort")),
        None => port.as_u64(),
    };
    u16::try_from(number?).ok()
}

fn get_status(container: &Value, get: &Value, address: Ipv4Addr) -> Option<u16> {
    let head = ask(container, get, address, LIMIT)?;
    head.split(' ').nth(1)?.parse().ok()
}

fn ask(container: &Value, get: &Value, address: Ipv4Addr, limit: Duration) -> Option<String> {
    let port = get
        .get("port")
        .and_then(|port| number_of(container, port))?;
    let mut stream = connect(address, port)?;
    stream.set_read_timeout(Some(limit)).ok()?;
    let path = text(get, "/path");
    let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = vec![];
    stream.read_to_end(&mut answer).ok()?;
    Some(String::from_utf8_lossy(&answer).into_owned())
}

fn connect(address: Ipv4Addr, port: u16) -> Option<TcpStream> {
    TcpStream::connect_timeout(&SocketAddr::from((address, port)), LIMIT).ok()
}
