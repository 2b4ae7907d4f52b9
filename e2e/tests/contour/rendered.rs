//! What `hachure render` prints, and what is in `manifests/`, taken by a real API server and carried
//! out by Contour; and what `hachure inspect` says of the Envoy behind it.

use std::fs;
use std::path::{Path, PathBuf};

use hachure_e2e::cluster::objects;
use hachure_e2e::command::{hachure, printed, text};
use hachure_e2e::setup;
use serde_json::{Value, json};

use crate::stage::Stage;

const FILE: &str = "\
upstreams:
  orders: {address: \"orders.shop.svc.cluster.local:80\"}
filters:
  - {filter: cors, config: {origins: [\"https://app.example.com\"]}}
  - filter: header-mutation
    failOpen: true
    config: {rules: [{phase: response, operation: {set: {name: x-policy, value: rendered}}}]}
routes:
  - {prefix: /, upstream: orders}
attach:
  name: rendered
  namespace: shop
  targets:
    - {kind: HTTPProxy, name: rendered}
    - {kind: HTTPRoute, name: rendered, sectionName: all}
    - {kind: Gateway, name: edge}
    - {kind: Service, name: orders}
  modules: {http: \"https://modules.example.com/hachure/0.1.0\"}
";

/// The same with a filter that calls servers, with TLS and without.
fn file_with_upstreams() -> String {
    let calls = "\
filters:
  - filter: jwt-validation
    config:
      providers:
        - name: shop
          issuer: https://id.example.com
          audiences: [orders]
          keys: {remote: {url: \"https://id.example.com/keys\", upstream: idp}}
  - filter: quota
    config:
      service: {upstream: limits, domain: shop}
      limits: [{name: daily, quota: {limit: 5, window: day}, key: [address], store: service}]
";
    let upstreams = "  idp: {tls: {address: \"id.example.com:443\"}}
  limits: {grpc: \"limits.shop.svc.cluster.local:8081\"}
";
    let (head, rest) = FILE.split_once("filters:\n").unwrap();
    let (_, routes) = rest.split_once("routes:\n").unwrap();
    format!("{head}{upstreams}{calls}routes:\n{routes}")
}

/// The objects that are rendered of a file.
fn rendered(text: &str, platform: &str) -> Vec<Value> {
    let folder = setup::scratch();
    let file = folder.path().join("edge.yaml");
    fs::write(&file, text).unwrap();
    objects::documents(&printed(&[
        "render",
        file.to_str().unwrap(),
        "--for",
        platform,
    ]))
}

fn inspected(stage: &Stage, request: &[&str]) -> Value {
    let admin = format!("unix:{}", stage.edge.admin_socket().display());
    let mut arguments = vec!["inspect", "--admin", &admin, "--output", "json"];
    arguments.extend(request);
    let output = hachure(&arguments);
    serde_json::from_str(&text(&output)).unwrap_or_else(|why| panic!("{why}: {output:?}"))
}

pub(crate) fn what_is_rendered_filters_and_is_seen(stage: &mut Stage) {
    let host = "rendered.example.com";
    let proxy = stage.proxy("rendered");
    stage.cluster.apply(&proxy);
    stage.until(host, |answer| answer.status() == 200);
    let report = inspected(stage, &[]);
    assert_eq!(
        report.pointer("/envoy/configuredBy"),
        Some(&json!("contour"))
    );
    let message = report
        .pointer("/problems/0/message")
        .and_then(Value::as_str)
        .unwrap();
    assert!(
        message.starts_with("no filter of a ContourExtensionPolicy is here"),
        "{message}"
    );

    // Which Contour's routes cannot carry out.
    let documents = rendered(&FILE.replace(", sectionName: all", ""), "contour");
    let [policy] = documents.as_slice() else {
        panic!("one object, not {documents:?}")
    };
    // The Gateway API is not defined here, and only this target is there.
    let mut policy = policy.clone();
    let targets = policy.pointer_mut("/spec/targetRefs").unwrap();
    targets
        .as_array_mut()
        .unwrap()
        .retain(|target| target["kind"] == "HTTPProxy");
    stage.cluster.apply(&policy);
    stage.until(host, |answer| answer.text("x-policy") == "rendered");
    stage.until_condition(&policy, "Programmed", "Programmed");

    let report = inspected(stage, &["GET", "http://rendered.example.com/x"]);
    assert_eq!(
        report.pointer("/envoy/configuredBy"),
        Some(&json!("contourExtension")),
        "{report:#}"
    );
    assert_eq!(report.pointer("/problems"), Some(&json!([])), "{report:#}");
    let taken = report.pointer("/request/candidates").unwrap();
    let filters = taken
        .pointer("/0/filters")
        .and_then(Value::as_array)
        .unwrap();
    let filters: Vec<_> = filters.iter().filter_map(Value::as_str).collect();
    let expected = ["cors", "header-mutation"];
    assert_eq!(filters.len(), expected.len(), "{filters:?}");
    for (filter, ending) in filters.iter().zip(expected) {
        assert!(filter.ends_with(ending), "{filters:?}");
    }
    assert_eq!(taken.as_array().unwrap().len(), 1, "{taken:#}");
    let other = inspected(stage, &["GET", "http://always.example.com/"]);
    assert_eq!(
        other.pointer("/request/candidates/0/filters"),
        Some(&json!([]))
    );
    let nowhere = inspected(stage, &["GET", "http://nowhere.example.com/"]);
    assert_eq!(nowhere.pointer("/request/candidates"), Some(&json!([])));
    stage.cluster.delete(&policy);
    stage.cluster.delete(&proxy);
}

pub(crate) fn every_manifest_for_contour_is_taken(stage: &mut Stage) {
    let files = files_below(&setup::repository().join("manifests/contour"));
    assert!(files.len() > 20, "{files:?}");
    // Which all of them are for.
    let proxy = stage.proxy("orders");
    stage.cluster.apply(&proxy);
    stage.until("orders.example.com", |answer| answer.status() == 200);
    for file in files {
        for object in objects::documents(&fs::read_to_string(&file).unwrap()) {
            let taken = stage.cluster.try_apply(&object);
            taken.unwrap_or_else(|why| panic!("{}: {why}", file.display()));
            stage.until_condition(&object, "Accepted", "Accepted");
            stage.cluster.delete(&object);
        }
    }
    stage.cluster.delete(&proxy);
}

pub(crate) fn what_is_rendered_for_others_fits_their_definitions(stage: &mut Stage) {
    let crds = setup::repository().join("e2e/crds");
    for platform in ["envoy-gateway", "istio", "cilium"] {
        stage
            .cluster
            .apply_file(&crds.join(format!("{platform}.yaml")));
        for text in [FILE, &file_with_upstreams()] {
            let documents = rendered(text, platform);
            documents
                .iter()
                .for_each(|object| stage.cluster.apply(object));
            // A field that the definition does not have would be told.
            let mut odd = documents[0].clone();
            odd["spec"]["oddity"] = json!(true);
            let told = stage.cluster.try_apply(&odd).unwrap_err();
            assert!(told.contains("oddity"), "{told}");
            documents
                .iter()
                .for_each(|object| stage.cluster.delete(object));
        }
    }
    let files = files_below(&setup::repository().join("manifests/envoy-gateway"));
    assert!(files.len() > 20, "{files:?}");
    for file in files {
        for object in objects::documents(&fs::read_to_string(&file).unwrap()) {
            stage.cluster.apply(&object);
            stage.cluster.delete(&object);
        }
    }
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut files = vec![];
    for path in entries {
        match path.is_dir() {
            true => files.extend(files_below(&path)),
            false => files.push(path),
        }
    }
    files.sort();
    files
}
