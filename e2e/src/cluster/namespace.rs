//! A network namespace of this process: every address and port in it is the tests' own, and
//! nothing outside sees them.

use std::net::Ipv4Addr;
use std::process::Command;

use rustix::thread::{UnshareFlags, unshare_unsafe};

use crate::services::program::named;

/// An address of the namespace that is not loopback, for what may not have that.
pub const ADDRESS: Ipv4Addr = Ipv4Addr::new(10, 96, 100, 1);

/// The addresses of Services: what kube-proxy does for them does [`super::Forward`].
pub const SERVICES: [Ipv4Addr; 3] = [
    Ipv4Addr::new(10, 96, 100, 11),
    Ipv4Addr::new(10, 96, 100, 12),
    Ipv4Addr::new(10, 96, 100, 13),
];

/// Moves this process into a namespace of its own; where that is not allowed, says why.
///
/// Call it first in `main`: threads that run already would stay outside.
pub fn enter() -> Result<(), String> {
    // SAFETY: the flags move threads, not file descriptors or memory, and there is one thread.
    unsafe { unshare_unsafe(UnshareFlags::NEWNET) }
        .map_err(|why| format!("a network namespace of one's own is not allowed here: {why}"))?;
    ip(&["link", "set", "lo", "up"]);
    for address in [ADDRESS].into_iter().chain(SERVICES) {
        ip(&["addr", "add", &format!("{address}/32"), "dev", "lo"]);
    }
    Ok(())
}

fn ip(arguments: &[&str]) {
    let status = Command::new(named("IP", "ip")).args(arguments).status();
    let status = status.expect("ip");
    assert!(status.success(), "ip {}: {status}", arguments.join(" "));
}
