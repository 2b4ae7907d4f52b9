//! Contour's Gateway provisioner, which makes a Contour and Envoys for each Gateway.

use std::thread::sleep;
use std::time::{Duration, Instant};

use hachure_e2e::setup;
use serde_json::{Value, json};

use crate::stage::{NAMESPACE, Stage};

const HOST: &str = "gateway.example.com";

pub(crate) fn a_gateway_serves(stage: &mut Stage) {
    let manifests = setup::tool("CONTOUR", "contour");
    let manifests = manifests.with_file_name("contour-gateway-provisioner.yaml");
    stage
        .cluster
        .kubectl(&format!("apply --server-side -f {}", manifests.display()));
    stage.rolled_out("-n projectcontour deployment/contour-gateway-provisioner");
    stage.deploy_backend();
    for object in gateway() {
        stage.cluster.apply(&object);
    }
    stage.until_there("-n projectcontour daemonset/envoy-edge");
    stage.rolled_out("-n projectcontour deployment/contour-edge");
    stage.rolled_out("-n projectcontour daemonset/envoy-edge");
    let envoy = stage.address("projectcontour", "envoy-edge", 80);
    stage.until(envoy, HOST, |answer| answer.status() == 200);
}

/// A Pod that is not as the policy expects it does not come up.
pub(crate) fn an_envoy_that_cannot_be_pointed_at_the_add_on_is_refused(stage: &mut Stage) {
    stage
        .cluster
        .kubectl("apply -k manifests/contour-extension/gateway/admission");
    let pod = |argument: &str| {
        json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {"namespace": "projectcontour", "name": "by-hand", "labels": {
                "app": "envoy-edge", "projectcontour.io/owning-gateway-name": "edge",
            }},
            "spec": {
                "initContainers": [{
                    "name": "envoy-initconfig", "image": "none", "args": ["bootstrap", argument],
                }],
                "containers": [{"name": "envoy", "image": "none"}],
            },
        })
    };
    // Policies take a moment until they count.
    let start = Instant::now();
    let why = loop {
        match stage.cluster.try_apply(&pod("--xds-address=elsewhere")) {
            Err(why) => break why,
            Ok(()) => stage.cluster.delete(&pod("")),
        }
        assert!(
            start.elapsed() < Duration::from_secs(20),
            "the Pod is taken"
        );
        sleep(Duration::from_millis(200));
    };
    assert!(why.contains("contour-extension"), "{why}");
    stage.cluster.apply(&pod("--xds-address=contour-edge"));
    let taken = stage.cluster.get(&pod(""));
    let argument = taken.pointer("/spec/initContainers/0/args/1");
    assert_eq!(
        argument,
        Some(&json!("--xds-address=contour-extension-edge"))
    );
    stage.cluster.delete(&pod(""));
    stage
        .cluster
        .kubectl("delete -k manifests/contour-extension/gateway/admission");
}

fn gateway() -> [Value; 3] {
    let class = json!({
        "apiVersion": "gateway.networking.k8s.io/v1", "kind": "GatewayClass",
        "metadata": {"name": "contour"},
        "spec": {"controllerName": "projectcontour.io/gateway-controller"},
    });
    let from_all = json!({"namespaces": {"from": "All"}});
    let listener = json!({
        "name": "http", "protocol": "HTTP", "port": 80, "allowedRoutes": from_all,
    });
    let gateway = json!({
        "apiVersion": "gateway.networking.k8s.io/v1", "kind": "Gateway",
        "metadata": {"namespace": "projectcontour", "name": "edge"},
        "spec": {"gatewayClassName": "contour", "listeners": [listener]},
    });
    let route = json!({
        "apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute",
        "metadata": {"namespace": NAMESPACE, "name": "gateway"},
        "spec": {
            "parentRefs": [{"namespace": "projectcontour", "name": "edge"}],
            "hostnames": [HOST],
            "rules": [{"backendRefs": [{"name": "orders", "port": 80}]}],
        },
    });
    [class, gateway, route]
}
