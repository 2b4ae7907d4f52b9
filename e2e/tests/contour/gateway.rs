//! Contour's support for Gateway API: a Contour of its own for one Gateway, with the extension and an
//! Envoy of its own.

use std::fs;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::thread::sleep;
use std::time::{Duration, Instant};

use hachure_e2e::cluster::{Contour, Edge, Extension, namespace, objects};
use hachure_e2e::{Client, Received, Upstream};
use hachure_envoy::Protocol;
use serde_json::{Value, json};

use crate::stage::{NAMESPACE, Stage, get_path};

const GROUP: &str = "gateway.networking.k8s.io";
/// Contour adds 8000 to the ports of listeners.
const WEB: u16 = 8081;
const WILD: u16 = 8082;
const LIMIT: Duration = Duration::from_secs(30);

fn definitions(stage: &Stage) {
    let folder = std::env::var_os("GATEWAY_API").unwrap_or_else(|| {
        panic!("name in GATEWAY_API what `cargo xtask tools gateway-api` prints")
    });
    let folder = PathBuf::from(folder);
    for file in fs::read_dir(folder).unwrap() {
        let file = file.unwrap().path();
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        if name.starts_with(GROUP) {
            stage.cluster.apply_file(&file);
        }
    }
}

fn gateway() -> [Value; 2] {
    let class = json!({
        "apiVersion": format!("{GROUP}/v1"), "kind": "GatewayClass",
        "metadata": {"name": "contour"},
        "spec": {"controllerName": "projectcontour.io/gateway-controller"},
    });
    let gateway = json!({
        "apiVersion": format!("{GROUP}/v1"), "kind": "Gateway",
        "metadata": {"namespace": NAMESPACE, "name": "edge"},
        "spec": {
            "gatewayClassName": "contour",
            "listeners": [
                {"name": "web", "port": 81, "protocol": "HTTP"},
                {"name": "wild", "port": 82, "protocol": "HTTP", "hostname": "*.wild.test"},
                {"name": "rest", "port": 82, "protocol": "HTTP"},
            ],
        },
    });
    [class, gateway]
}

/// A route for a host on every listener.
fn route(kind: &str, name: &str, host: &str, service: &str) -> Value {
    json!({
        "apiVersion": format!("{GROUP}/v1"), "kind": kind,
        "metadata": {"namespace": NAMESPACE, "name": name},
        "spec": {
            "parentRefs": [{"name": "edge"}],
            "hostnames": [host],
            "rules": [{"backendRefs": [{"name": service, "port": 80}]}],
        },
    })
}

fn policy(stage: &Stage, kind: &str, name: &str, section: Option<&str>, value: &str) -> Value {
    let mut policy = stage.policy(name, value);
    let mut target = json!({"group": GROUP, "kind": kind, "name": name});
    if let Some(section) = section {
        target["sectionName"] = json!(section);
    }
    policy["metadata"]["name"] = json!(value);
    policy["spec"]["targetRefs"] = json!([target]);
    policy
}

/// Tries until what was defined a moment ago is known.
fn apply(stage: &Stage, object: &Value) {
    let start = Instant::now();
    while let Err(why) = stage.cluster.try_apply(object) {
        assert!(start.elapsed() < LIMIT, "{why}");
        sleep(Duration::from_millis(100));
    }
}

struct Front(Edge);

impl Front {
    fn ask(&self, port: u16, host: &str, path: &str) -> Result<Received, String> {
        let address = SocketAddr::new(self.0.http().ip(), port);
        Client::new(address, Protocol::Http1).send(&get_path(host, path))
    }

    fn until(&self, port: u16, host: &str, path: &str, header: &str) {
        let start = Instant::now();
        loop {
            let answer = self.ask(port, host, path);
            let right = answer
                .as_ref()
                .is_ok_and(|it| it.status() == 200 && it.text("x-policy") == header);
            if right {
                return;
            }
            assert!(start.elapsed() < LIMIT, "{host}:{port}{path}: {answer:?}");
            sleep(Duration::from_millis(20));
        }
    }
}

pub(crate) fn routes_of_a_gateway_are_targets_and_so_is_the_gateway(stage: &mut Stage) {
    // Two of them would tell of the same policies.
    stage.extension.go_away();
    definitions(stage);
    let [class, gateway] = gateway();
    for object in [&class, &gateway] {
        apply(stage, object);
    }
    let address = namespace::ADDRESS;
    let grpc = Upstream::start_at(IpAddr::V4(address), Protocol::Http2);
    for mut object in objects::service(NAMESPACE, "calls", address, grpc.port()) {
        if let Some(port) = object.pointer_mut("/spec/ports/0") {
            port["appProtocol"] = json!("kubernetes.io/h2c");
        }
        stage.cluster.apply(&object);
    }
    let http_route = route("HTTPRoute", "shop", "shop.test", "orders");
    let wild_route = route("HTTPRoute", "wild", "a.wild.test", "orders");
    let grpc_route = route("GRPCRoute", "calls", "calls.test", "calls");
    for object in [&http_route, &wild_route, &grpc_route] {
        apply(stage, object);
    }
    let contour = Contour::start_for_gateway(&stage.cluster, NAMESPACE, "edge");
    let extension = Extension::start_for_gateway(&stage.cluster, &contour.xds(), "shop/edge");
    let front = Front(Edge::start(&extension.xds()));
    for (port, host) in [
        (WEB, "shop.test"),
        (WEB, "calls.test"),
        (WILD, "a.wild.test"),
    ] {
        front.until(port, host, "/shop.Orders/Get", "");
    }
    // The routes of an object, on each listener that has them.
    let of_http = policy(stage, "HTTPRoute", "shop", None, "http");
    let of_grpc = policy(stage, "GRPCRoute", "calls", None, "grpc");
    for object in [&of_http, &of_grpc] {
        stage.cluster.apply(object);
    }
    for port in [WEB, WILD] {
        front.until(port, "shop.test", "/", "http");
        front.until(port, "calls.test", "/shop.Orders/Get", "grpc");
    }
    front.until(WEB, "a.wild.test", "/", "");
    // A listener: what fits it best.
    let of_listener = policy(stage, "Gateway", "edge", Some("wild"), "listener");
    stage.cluster.apply(&of_listener);
    front.until(WILD, "a.wild.test", "/", "listener");
    front.until(WEB, "a.wild.test", "/", "");
    front.until(WILD, "shop.test", "/", "http");
    // The Gateway: all that has nothing more specific, an Ingress of this Contour too.
    let of_gateway = policy(stage, "Gateway", "edge", None, "gateway");
    stage.cluster.apply(&of_gateway);
    front.until(WEB, "a.wild.test", "/", "gateway");
    front.until(WILD, "a.wild.test", "/", "listener");
    front.until(WEB, "shop.test", "/", "http");
    let told = stage.until_condition(&of_gateway, "Overridden", "Overridden");
    assert_eq!(
        told,
        "on some of its routes there is shop/grpc, shop/http, shop/listener"
    );
    let nowhere = policy(stage, "Gateway", "edge", Some("none"), "nowhere");
    stage.cluster.apply(&nowhere);
    let why = stage.until_condition(&nowhere, "Accepted", "TargetNotFound");
    assert_eq!(why, "it has no listener `none`");
    for object in [
        &nowhere,
        &of_gateway,
        &of_listener,
        &of_grpc,
        &of_http,
        &grpc_route,
        &wild_route,
        &http_route,
        &gateway,
        &class,
    ] {
        stage.cluster.delete(object);
    }
    drop((front, extension, contour));
    stage.extension.come_back();
}
