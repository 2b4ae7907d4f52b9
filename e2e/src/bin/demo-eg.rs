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

use std::net::IpAddr;
use std::path::Path;
use std::process::ExitCode;

use hachure_e2e::cluster::envoy_gateway::objects::{self, Target};
use hachure_e2e::cluster::{Cluster, EnvoyGateway, Proxy, namespace, objects as kubernetes};
use hachure_e2e::demo::{self, API_PORT, Attached, Demos, Shown, Stand};
use hachure_e2e::services::{ModuleServer, module_digest};
use hachure_e2e::setup;
use hachure_envoy::AccessLog;
use serde_json::{Value, json};

const NAMESPACE: &str = "demo";
const GATEWAY: &str = "edge";

fn main() -> ExitCode {
    Stand::main(run)
}

fn run(stand: Stand) -> bool {
    println!("starting etcd, kube-apiserver and Envoy Gateway ...");
    let demos = Demos::all();
    let folder = setup::scratch();
    let access_log = folder.path().join("access.log");
    let _api = stand.example_api();
    let modules = ModuleServer::start(IpAddr::V4(namespace::ADDRESS));
    let cluster = Cluster::start();
    let gateway = EnvoyGateway::start(&cluster);
    let policy = apply(&cluster, &demos, &modules, &access_log);
    println!("starting the Envoy of the Gateway ...");
    let proxy = Proxy::start(&cluster, &gateway, (NAMESPACE, GATEWAY));
    if let Err(why) = demo::until(&cluster, &policy, "Accepted") {
        eprintln!("error: Envoy Gateway does not accept the filters: {why}");
        return false;
    }
    demo::until_filtered(proxy.listener(80));
    stand.show(&Shown {
        cluster: &cluster,
        gateway: proxy.listener(80),
        access_log: &access_log,
        demos: &demos,
    })
}

/// Creates everything, and returns the policy with the filters.
fn apply(cluster: &Cluster, demos: &Demos, modules: &ModuleServer, access_log: &Path) -> Value {
    let log = json!({"accessLog": {"settings": [{
        "format": {"type": "Text", "text": AccessLog::LINE},
        "sinks": [{"type": "File", "file": {"path": access_log}}],
    }]}});
    let wasm = demos.chain.iter().map(|attached| {
        let Attached { filter, .. } = attached;
        let http = json!({"url": modules.url(filter), "sha256": module_digest(filter)});
        json!({
            "name": filter,
            "rootID": filter,
            "code": {"type": "HTTP", "http": http},
            "config": attached.without_waiting(),
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
