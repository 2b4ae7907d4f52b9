//! `make demo-eg`: stock Envoy Gateway with every filter of the catalogue, on processes of this
//! machine, and the requests of the demo to try, or with `--check` to be tried.
//!
//! All of it runs in a network namespace. What arrives at the one port outside is passed on.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a demo says what goes wrong, and waits for what runs"
)]

use std::fs;
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Command, ExitCode};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use hachure_e2e::cluster::envoy_gateway::objects::{self, Target};
use hachure_e2e::cluster::{Cluster, EnvoyGateway, Proxy, namespace, objects as kubernetes};
use hachure_e2e::relay::Relay;
use hachure_e2e::services::{ModuleServer, module_digest};
use hachure_e2e::{demo, setup};
use hachure_envoy::{AccessLog, Child};
use serde_json::{Value, json};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

const NAMESPACE: &str = "demo";
const GATEWAY: &str = "edge";
const PORT: u16 = 10000;
const API_PORT: u16 = 8090;
const LIMIT: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(50);

fn main() -> ExitCode {
    let check = std::env::args().any(|argument| argument == "--check");
    // Before the namespace is entered: it is this machine's own.
    let outside = match TcpListener::bind(("127.0.0.1", if check { 0 } else { PORT })) {
        Ok(outside) => outside,
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
        eprintln!("error: {why}; the demo needs root");
        return ExitCode::FAILURE;
    }
    match run(check, outside) {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

fn run(check: bool, outside: TcpListener) -> bool {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        signal_hook::flag::register(signal, Arc::clone(&stop)).expect("a signal");
    }
    println!("starting etcd, kube-apiserver and Envoy Gateway ...");
    let folder = setup::scratch();
    let access_log = folder.path().join("access.log");
    let api = SocketAddr::from((namespace::ADDRESS, API_PORT));
    let mut orders = Command::new(hachure());
    orders.args(["example-api", "--listen", &api.to_string()]);
    let _orders = Child::spawn(orders).expect("the example API");
    let modules = ModuleServer::start(IpAddr::V4(namespace::ADDRESS));
    let cluster = Cluster::start();
    let gateway = EnvoyGateway::start(&cluster);
    let policy = apply(&cluster, &modules, &access_log);
    println!("starting the Envoy of the Gateway ...");
    let proxy = Proxy::start(&cluster, &gateway, (NAMESPACE, GATEWAY));
    if let Err(why) = until_accepted(&cluster, &policy) {
        eprintln!("error: Envoy Gateway does not accept the filters: {why}");
        return false;
    }
    until_filtered(proxy.listener(80));
    let inside = proxy.listener(80);
    if check {
        let mut tries = tries(inside);
        return tries
            .arg("--check")
            .status()
            .is_ok_and(|status| status.success());
    }
    let relay = Relay::serve(outside, inside);
    println!("serving on http://{}", relay.address());
    println!("  every route: {}", names(&policy).join(", "));
    let shown = tries(relay.address()).status().expect("hachure");
    println!("\nCtrl-C stops it. Every request is logged here:\n");
    follow(&access_log, &stop);
    println!("\nstopped");
    shown.success()
}

/// `hachure`, which the task that runs this has built.
fn hachure() -> std::path::PathBuf {
    setup::repository().join("target/debug/hachure")
}

fn tries(address: SocketAddr) -> Command {
    let mut tries = Command::new(hachure());
    tries.arg("try").args(demo::files());
    tries.args(["--address", &address.to_string()]);
    tries.current_dir(setup::repository());
    tries
}

/// Creates everything, and returns the policy with the filters.
fn apply(cluster: &Cluster, modules: &ModuleServer, access_log: &Path) -> Value {
    let log = json!({"accessLog": {"settings": [{
        "format": {"type": "Text", "text": AccessLog::LINE},
        "sinks": [{"type": "File", "file": {"path": access_log}}],
    }]}});
    let wasm = demo::chain()
        .into_iter()
        .map(|demo::Attached { filter, config }| {
            let http = json!({"url": modules.url(&filter), "sha256": module_digest(&filter)});
            json!({
                "name": filter,
                "rootID": filter,
                "code": {"type": "HTTP", "http": http},
                "config": config,
                "failOpen": false,
            })
        });
    let spec = json!({"wasm": wasm.collect::<Vec<_>>()});
    let target = Target::route("orders");
    let policy = objects::policy("EnvoyExtensionPolicy", NAMESPACE, "orders", &target, spec);
    let mut route = objects::http_route(
        NAMESPACE,
        "orders",
        GATEWAY,
        "",
        &objects::to_service("orders"),
    );
    // Of every host.
    route["spec"]
        .as_object_mut()
        .expect("a spec")
        .remove("hostnames");
    cluster.apply(&kubernetes::namespace(NAMESPACE));
    let (address, port) = (namespace::ADDRESS, API_PORT);
    for object in kubernetes::service(NAMESPACE, "orders", address, port) {
        cluster.apply(&object);
    }
    for object in objects::class(NAMESPACE, &json!({"telemetry": log})) {
        cluster.apply(&object);
    }
    // Without this Envoy Gateway answers 400 to names that the demo shows to be harmless.
    let headers = json!({"headers": {"withUnderscoresAction": "Allow"}});
    let target = Target::gateway(GATEWAY);
    let traffic = objects::policy("ClientTrafficPolicy", NAMESPACE, "edge", &target, headers);
    cluster.apply(&traffic);
    for object in [&policy, &route, &objects::gateway(NAMESPACE, GATEWAY)] {
        cluster.apply(object);
    }
    policy
}

fn names(policy: &Value) -> Vec<&str> {
    let wasm = policy["spec"]["wasm"].as_array().into_iter().flatten();
    wasm.filter_map(|one| one["name"].as_str()).collect()
}

/// Waits for Envoy Gateway's word on the policy; an error is why it is not accepted.
fn until_accepted(cluster: &Cluster, policy: &Value) -> Result<(), String> {
    let start = Instant::now();
    loop {
        let now = cluster.get(policy);
        let conditions = now["status"]["ancestors"][0]["conditions"].as_array();
        let mut conditions = conditions.into_iter().flatten();
        let accepted = conditions.find(|condition| condition["type"] == "Accepted");
        match accepted {
            Some(accepted) if accepted["status"] == "True" => return Ok(()),
            Some(accepted) => return Err(accepted["message"].to_string()),
            None if start.elapsed() > LIMIT => return Err("it says nothing".to_owned()),
            None => sleep(POLL),
        }
    }
}

/// Waits until answers have passed through a filter.
fn until_filtered(address: SocketAddr) {
    let start = Instant::now();
    let client = hachure_e2e::Client::new(address, hachure_envoy::Protocol::Http1);
    let sent = hachure_e2e::request("GET", "/orders", &[]);
    while start.elapsed() < LIMIT {
        let answer = client.send(&sent);
        if answer.is_ok_and(|answer| !answer.text("api-version").is_empty()) {
            return;
        }
        sleep(POLL);
    }
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
