//! What the demos of gateways share: a network namespace with ways into it from this machine, the
//! example API behind the gateway, and the requests to try.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a demo prints for people"
)]

use std::fs;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::sleep;
use std::time::Duration;

use hachure_envoy::Child;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use super::Demos;
use crate::cluster::{Cluster, namespace};
use crate::command::command;
use crate::relay::Relay;

/// Where the example API listens, at the address of the namespace.
pub const API_PORT: u16 = 8090;
/// Where the gateway is reached from this machine.
const PORT: u16 = 10000;
const POLL: Duration = Duration::from_millis(50);

/// The namespace, entered, and this machine's side of it.
pub struct Stand {
    /// The requests are to be sent, and that is all.
    pub check: bool,
    gateway: TcpListener,
    kubernetes: TcpListener,
    /// A signal ends the process: while it starts, nothing looks at `stop`.
    at_once: Arc<AtomicBool>,
    stop: Arc<AtomicBool>,
}

/// What is shown.
pub struct Shown<'a> {
    /// The API server that it runs against.
    pub cluster: &'a Cluster,
    /// Where the gateway serves, in the namespace.
    pub gateway: SocketAddr,
    /// A file to which it logs requests.
    pub access_log: &'a Path,
    /// Whose filters every route has.
    pub demos: &'a Demos,
}

impl Stand {
    /// The `main` of a demo. `run` starts a gateway and shows it; answers whether all was well.
    pub fn main(run: impl FnOnce(Self) -> bool) -> ExitCode {
        let check = std::env::args().any(|argument| argument == "--check");
        // Before the namespace is entered: these are this machine's own. Two checks may run at once.
        let listeners = listen(if check { 0 } else { PORT }).and_then(|one| Ok((one, listen(0)?)));
        let (gateway, kubernetes) = match listeners {
            Ok(listeners) => listeners,
            Err(why) => {
                eprintln!("error: port {PORT}: {why}");
                return ExitCode::FAILURE;
            }
        };
        if let Err(why) = namespace::enter() {
            // As with the tests: elsewhere than in CI a check is skipped.
            if check && std::env::var_os("CI").is_none() {
                println!("skipped: {why}");
                return ExitCode::SUCCESS;
            }
            eprintln!("error: {why}; this needs root");
            return ExitCode::FAILURE;
        }
        let stop = Arc::new(AtomicBool::new(false));
        let at_once = Arc::new(AtomicBool::new(true));
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            // What was started ends with its parent.
            signal_hook::flag::register_conditional_shutdown(signal, 1, Arc::clone(&at_once))
                .expect("a signal");
            signal_hook::flag::register(signal, Arc::clone(&stop)).expect("a signal");
        }
        let stand = Self {
            check,
            gateway,
            kubernetes,
            at_once,
            stop,
        };
        match run(stand) {
            true => ExitCode::SUCCESS,
            false => ExitCode::FAILURE,
        }
    }

    /// Starts the example API of the demos.
    pub fn example_api(&self) -> Child {
        let at = SocketAddr::from((namespace::ADDRESS, API_PORT));
        let api = command(&["example-api", "--listen", &at.to_string()]);
        Child::spawn(api).expect("the example API")
    }

    /// Sends the requests where that is all that is wanted; otherwise says how a person does it, and
    /// serves until a signal comes.
    pub fn show(self, shown: &Shown<'_>) -> bool {
        if self.check {
            return tried(shown.demos, shown.gateway, &["--check"]);
        }
        self.at_once.store(false, Ordering::Relaxed);
        let kubernetes = Relay::serve(self.kubernetes, shown.cluster.address());
        let kubeconfig = shown.cluster.kubeconfig_at(kubernetes.address());
        let gateway = Relay::serve(self.gateway, shown.gateway);
        println!("serving on http://{}", gateway.address());
        println!(
            "  the API server: export KUBECONFIG={}",
            kubeconfig.display()
        );
        let shows = !shown.demos.files.is_empty();
        if shows {
            println!("  every route: {}", shown.demos.names().join(", "));
        }
        let shown_well = !shows || tried(shown.demos, gateway.address(), &[]);
        println!("\nCtrl-C stops it. Every request is logged here:\n");
        follow(shown.access_log, &self.stop);
        println!("\nstopped");
        shown_well
    }
}

fn listen(port: u16) -> io::Result<TcpListener> {
    TcpListener::bind(("127.0.0.1", port))
}

/// Prints the requests of demos as they are sent to that address, or has them sent.
fn tried(demos: &Demos, address: SocketAddr, options: &[&str]) -> bool {
    let mut tries = command(&["try"]);
    tries.args(&demos.files);
    tries
        .args(["--address", &address.to_string()])
        .args(options);
    tries.status().expect("hachure").success()
}

/// Prints a file that grows.
fn follow(file: &Path, stop: &AtomicBool) {
    let mut printed = fs::read(file).map_or(0, |text| text.len());
    while !stop.load(Ordering::Relaxed) {
        let text = fs::read(file).unwrap_or_default();
        let new = text.get(printed..).unwrap_or_default();
        print!("{}", String::from_utf8_lossy(new));
        printed = text.len();
        sleep(POLL);
    }
}
