//! What `hachure render --for envoy` prints runs in real Envoy, and `hachure inspect` says what runs
//! there.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "this is a test"
)]

mod inspect;

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use hachure_e2e::command::{Rendered, printed};
use hachure_e2e::{Client, Received, Upstream, request, setup};
use hachure_envoy::Protocol;
use tempfile::TempDir;

const FILE: &str = "\
upstreams:
  orders: {address: \"127.0.0.1:ORDERS\"}
filters:
  - filter: cors
    config: {origins: [\"https://app.example.com\"]}
  - filter: jwt-validation
    config:
      mode: shadow
      providers:
        - name: shop
          issuer: https://shop.example.com
          audiences: [orders]
          keys: {remote: {url: \"https://shop.example.com/keys\", upstream: orders}}
  - filter: quota
    config:
      limits: [{name: \"per-client\", rate: {limit: 2, per: 60s}, key: [address]}]
routes:
  - {prefix: /orders, upstream: orders}
  - path: /old
    upstream: orders
    filters:
      - filter: version-rewrite
        failOpen: true
        config:
          sources: [{path: {template: \"/v{version}\"}}]
          versions: [{name: \"1\"}]
          onMissing: pass
";

/// A file of routes and filters, for an upstream of a test.
fn file(text: &str, orders: &Upstream) -> (TempDir, PathBuf) {
    let folder = setup::scratch();
    let file = folder.path().join("edge.yaml");
    let text = text.replace("ORDERS", &orders.port().to_string());
    fs::write(&file, text).unwrap();
    (folder, file)
}

/// What is rendered of it, on ports that the kernel chooses.
fn rendered(text: &str, orders: &Upstream) -> String {
    let (_folder, file) = file(text, orders);
    let yaml = printed(&["render", file.to_str().unwrap(), "--for", "envoy"]);
    let ports = yaml.replace("port_value: 10000\n", "port_value: 0\n");
    ports.replace("port_value: 9901\n", "port_value: 0\n")
}

fn get(envoy: &Rendered, path: &str) -> Received {
    let client = Client::new(envoy.listener("hachure"), Protocol::Http1);
    client
        .send(&request(
            "GET",
            path,
            &[("origin", "https://app.example.com")],
        ))
        .unwrap()
}

/// The lines of `/stats/prometheus` about filters.
fn prometheus(envoy: &Rendered) -> String {
    let admin = envoy.admin().replace("http://", "");
    let client = Client::new(admin.parse().unwrap(), Protocol::Http1);
    let answer = client
        .send(&request("GET", "/stats/prometheus?filter=hachure", &[]))
        .unwrap();
    String::from_utf8(answer.body).unwrap()
}

#[test]
fn what_is_rendered_for_envoy_serves() {
    let orders = Upstream::start(Protocol::Http1);
    let yaml = rendered(FILE, &orders);
    for said in [
        "has to have the SHA-256",
        "Off but for the routes that turn it on",
    ] {
        assert!(yaml.contains(said), "{yaml}");
    }
    let envoy = Rendered::start(&yaml);
    let statuses = [0, 1, 2].map(|_| get(&envoy, "/orders//a/../b").status());
    assert_eq!(statuses, [200, 200, 429]);
    let answer = get(&envoy, "/orders");
    assert_eq!(
        answer.text("access-control-allow-origin"),
        "https://app.example.com"
    );
    // What the upstream saw is canonical.
    let seen: Vec<_> = orders
        .take()
        .iter()
        .map(|request| request.text(":path"))
        // The keys of the token check.
        .filter(|path| path != "/keys")
        .collect();
    assert_eq!(seen, ["/orders/b", "/orders/b"]);
    labels_are_labels(&prometheus(&envoy));
    let start = Instant::now();
    let line = "filter=quota reason=quota_exceeded";
    while !fs::read_to_string(envoy.log()).unwrap().contains(line) {
        assert!(
            start.elapsed() < Duration::from_secs(10),
            "no access log says {line}"
        );
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn labels_are_labels(metrics: &str) {
    for (name, labels) in [
        (
            "hachure_quota_request",
            vec![r#"limit="per-client""#, r#"outcome="exceeded""#],
        ),
        ("hachure_cors_request", vec![r#"outcome="allowed""#]),
        ("hachure_quota_refused", vec![r#"reason="quota_exceeded""#]),
        (
            "hachure_jwt_validation_refused",
            vec![r#"reason="token_missing""#],
        ),
    ] {
        let mut lines = metrics
            .lines()
            .filter(|line| line.starts_with(&format!("{name}{{")));
        let found = lines.any(|line| labels.iter().all(|label| line.contains(label)));
        assert!(found, "{name} {labels:?} is not in\n{metrics}");
    }
    // No label is left in a name.
    assert!(
        !metrics.contains("_outcome_") && !metrics.contains("_reason_"),
        "{metrics}"
    );
}
