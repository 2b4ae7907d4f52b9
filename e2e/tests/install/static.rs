//! Contour's static install.

use hachure_e2e::{cluster::objects, setup};

use crate::load::Load;
use crate::stage::{NAMESPACE, Stage};

const HOST: &str = "orders.example.com";

pub(crate) fn contours_own_manifests_serve(stage: &mut Stage) {
    let manifests = setup::tool("CONTOUR", "contour").with_file_name("contour.yaml");
    let apply = format!("apply --server-side -f {}", manifests.display());
    stage.cluster.kubectl(&apply);
    stage.rolled_out("-n projectcontour deployment/contour");
    stage.rolled_out("-n projectcontour daemonset/envoy");
    stage.deploy_backend();
    let proxy = objects::http_proxy(NAMESPACE, "orders", HOST, "orders");
    stage.cluster.apply(&proxy);
    let envoy = stage.address("projectcontour", "envoy", 80);
    let answer = stage.until(envoy, HOST, |answer| answer.status() == 200);
    assert!(
        answer.text("x-backend").starts_with("orders-"),
        "{answer:?}"
    );
}

pub(crate) fn envoys_are_restarted_without_a_failed_request(stage: &mut Stage) {
    let envoy = stage.address("projectcontour", "envoy", 80);
    let load = Load::start(envoy, HOST);
    stage
        .cluster
        .kubectl("-n projectcontour rollout restart daemonset/envoy");
    stage.rolled_out("-n projectcontour daemonset/envoy");
    stage.cluster.apply(&crate::stage::backend("2"));
    stage.rolled_out(&format!("-n {NAMESPACE} deployment/orders"));
    // Those of before, and new ones.
    load.until_backends(4);
    load.end().none_failed();
}

pub(crate) fn the_api_server_takes_every_folder_and_patch(stage: &mut Stage) {
    for folder in ["static", "gateway", "gateway/admission", "sidecar"] {
        let folder = format!("manifests/contour-extension/{folder}");
        let taken = stage
            .cluster
            .kubectl(&format!("apply --dry-run=server -k {folder}"));
        assert!(taken.lines().count() > 1, "{folder}: {taken}");
    }
    let patch = |file: &str| {
        stage.cluster.try_kubectl(&format!(
            "-n projectcontour patch daemonset envoy --type=json --dry-run=server -o json \
             --patch-file manifests/contour-extension/{file}"
        ))
    };
    for (file, address) in [
        ("static/to-extension.yaml", "contour-extension"),
        ("sidecar/envoy.yaml", "127.0.0.1"),
    ] {
        let patched = patch(file).unwrap();
        let argument = format!("\"--xds-address={address}\"");
        assert!(patched.contains(&argument), "{file}: {patched}");
    }
    // It is the reverse of what has not been done.
    let why = patch("static/to-contour.yaml").unwrap_err();
    assert!(why.contains("The request is invalid"), "{why}");
}
