//! The network namespace of a Pod, with an address on the bridge of all Pods, and its process
//! namespace: when its first process ends, all others do.

use std::fs;
use std::net::Ipv4Addr;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use hachure_envoy::Child;
use rustix::process::{Pid, Signal, kill_process};

use super::{BRIDGE, GATEWAY, ip};
use crate::services::program::named;

const LIMIT: Duration = Duration::from_secs(10);

pub(super) struct Sandbox {
    _holder: Child,
    first: u32,
    pub(super) address: Ipv4Addr,
}

impl Sandbox {
    pub(super) fn new(address: Ipv4Addr, number: u16) -> Self {
        let mut command = Command::new("unshare");
        // `unshare` itself ignores TERM.
        command.args([
            "--net",
            "--pid",
            "--fork",
            "--kill-child",
            "sleep",
            "infinity",
        ]);
        // When its child is killed it says that it cannot go on.
        command.stderr(Stdio::null());
        let holder = Child::spawn(command).expect("unshare");
        let first = first_child(holder.id());
        let (outer, inner) = (format!("pod{number}"), format!("eth{number}"));
        ip(&format!(
            "link add {outer} type veth peer name {inner} netns {first}"
        ));
        ip(&format!("link set {outer} master {BRIDGE} up"));
        let within = |arguments: &str| {
            let mut command = Command::new("nsenter");
            command.args(["--target", &first.to_string(), "--net"]);
            command.arg(named("IP", "ip")).args(arguments.split(' '));
            let status = command.status().expect("nsenter");
            assert!(status.success(), "ip {arguments}: {status}");
        };
        within("link set lo up");
        within(&format!("addr add {address}/16 dev {inner}"));
        within(&format!("link set {inner} up"));
        within(&format!("route add default via {GATEWAY}"));
        Self {
            _holder: holder,
            first,
            address,
        }
    }

    /// A command that runs in it, and in a mount namespace of its own.
    pub(super) fn command(&self) -> Command {
        let mut command = Command::new("nsenter");
        command.args(["--target", &self.first.to_string(), "--net", "--pid"]);
        command.args(["unshare", "--mount", "--propagation", "private"]);
        command
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        signal(self.first, Signal::KILL);
    }
}

/// The child of a process, once it is there.
fn first_child(parent: u32) -> u32 {
    let start = Instant::now();
    loop {
        if let Some(child) = child(parent) {
            return child;
        }
        assert!(start.elapsed() < LIMIT, "{parent} starts nothing");
        sleep(Duration::from_millis(2));
    }
}

/// The child of a process that has one child at most.
pub(super) fn child(parent: u32) -> Option<u32> {
    let children = fs::read_to_string(format!("/proc/{parent}/task/{parent}/children"));
    children.ok()?.trim().parse().ok()
}

/// Sends a signal to a process that may be gone already.
pub(super) fn signal(process: u32, signal: Signal) {
    let id = i32::try_from(process).ok().and_then(Pid::from_raw);
    let _ = id.map(|id| kill_process(id, signal));
}
